#include "codec/jpeg/coefficients.h"

#include <algorithm>

#include "codec/jpeg/compressor.h"
#include "codec/jpeg/library.h"

namespace visionshard::codec {
namespace {

QuantTable source_steps(const jpeg_component_info& component) {
  QuantTable table;
  std::copy_n(component.quant_table->quantval, 64, table.begin());
  return table;
}

}  // namespace

struct JpegCoefficients::State {
  State() { source.err = &errors.base; }
  ~State() { jpeg_destroy_decompress(&source); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool read(ByteView bytes) {
    if (setjmp(errors.jump) != 0) return false;
    jpeg_create_decompress(&source);
    jpeg_mem_src(&source, as_uchar(bytes), bytes.size());
    jpeg_read_header(&source, TRUE);
    arrays = jpeg_read_coefficients(&source);
    return !errors.lost_data;
  }

  // A row of blocks; nullptr where libjpeg cannot give it.
  JBLOCK* row(int component, JDIMENSION y) {
    if (setjmp(errors.jump) != 0) return nullptr;
    return source.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&source), arrays[component], y, 1, TRUE)[0];
  }

  // Components that share a table must be given the same one.
  Plane plane(int component) const {
    const bool own_table = source.comp_info[component].quant_tbl_no != source.comp_info[0].quant_tbl_no;
    return own_table && source.jpeg_color_space == JCS_YCbCr ? Plane::chrominance : Plane::luminance;
  }

  std::vector<SampledPlane> sample() {
    std::vector<SampledPlane> planes;
    for (int c = 0; c < source.num_components; ++c) {
      const jpeg_component_info& component = source.comp_info[c];
      SampledPlane& sample = planes.emplace_back();
      const std::size_t width = component.width_in_blocks, height = component.height_in_blocks;
      const std::size_t rows = std::min(height, max_sampled_rows);
      const std::size_t run = std::min(width, std::max(min_sampled_run, sampled_blocks / rows));
      sample.blocks.reserve(64 * run * rows);
      double place = 0;  // of the run in its row, by steps of the golden ratio: no two rows' runs lie above each other
      for (std::size_t i = 0; i < rows; ++i) {
        const JBLOCK* const blocks = row(c, static_cast<JDIMENSION>((2 * i + 1) * height / (2 * rows)));
        if (blocks == nullptr) throw std::bad_alloc();
        const auto first = static_cast<std::size_t>(place * static_cast<double>(width - run));
        for (std::size_t x = first; x < first + run; ++x)
          for (const std::uint8_t k : zigzag) sample.blocks.push_back(blocks[x][k]);
        place += 0.618034;
        place -= place >= 1 ? 1 : 0;
      }
      sample.row_blocks = run;
      sample.weight = static_cast<double>(width * height) / static_cast<double>(run * rows);
      sample.source = steps[static_cast<std::size_t>(c)];
      sample.kind = plane(c);
      // As jpeg_set_colorspace has it.
      sample.huffman_table = c > 0 && source.jpeg_color_space == JCS_YCbCr ? 1 : 0;
    }
    return planes;
  }

  jpeg_decompress_struct source{};
  JpegErrors errors;
  jvirt_barray_ptr* arrays = nullptr;
  std::vector<QuantTable> steps;  // of each component, as its coefficients now are
};

JpegCoefficients::JpegCoefficients(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
JpegCoefficients::JpegCoefficients(JpegCoefficients&&) noexcept = default;
JpegCoefficients& JpegCoefficients::operator=(JpegCoefficients&&) noexcept = default;
JpegCoefficients::~JpegCoefficients() = default;

ImageResult<JpegCoefficients> JpegCoefficients::read(ByteView bytes) {
  auto state = std::make_unique<State>();
  if (!state->read(bytes)) return tl::unexpected(state->errors.fault(FaultCode::corrupt_image, "decoded"));
  for (int c = 0; c < state->source.num_components; ++c) {
    if (state->source.comp_info[c].quant_table == nullptr)
      return image_fault(FaultCode::corrupt_image, "the JPEG has a component without quantization table");
    state->steps.push_back(source_steps(state->source.comp_info[c]));
  }
  return JpegCoefficients(std::move(state));
}

ImageResult<Bytes> JpegCoefficients::written(JpegCoding coding, ByteView profile) const {
  JpegCompressor compressor;
  return compressor.compress("written", [&](jpeg_compress_struct& info) {
    jpeg_copy_critical_parameters(&state_->source, &info);
    for (int c = 0; c < info.num_components; ++c)
      std::copy_n(state_->steps[static_cast<std::size_t>(c)].begin(), 64,
                  info.quant_tbl_ptrs[info.comp_info[c].quant_tbl_no]->quantval);
    info.arith_code = FALSE;
    info.optimize_coding = TRUE;
    if (coding == JpegCoding::progressive) jpeg_simple_progression(&info);
    jpeg_write_coefficients(&info, state_->arrays);
    if (!profile.empty()) jpeg_write_icc_profile(&info, as_uchar(profile), static_cast<unsigned>(profile.size()));
  });
}

std::vector<SampledPlane> JpegCoefficients::sample() const { return state_->sample(); }

void JpegCoefficients::requantize(const std::vector<QuantTable>& steps) {
  for (int c = 0; c < state_->source.num_components; ++c) {
    const jpeg_component_info& component = state_->source.comp_info[c];
    const Requantizer requantizer(state_->steps[static_cast<std::size_t>(c)], steps[static_cast<std::size_t>(c)]);
    for (JDIMENSION y = 0; y < component.height_in_blocks; ++y) {
      JBLOCK* const blocks = state_->row(c, y);
      if (blocks == nullptr) throw std::bad_alloc();
      for (JDIMENSION x = 0; x < component.width_in_blocks; ++x) requantizer.apply(blocks[x], blocks[x]);
    }
  }
  state_->steps = steps;
}

}  // namespace visionshard::codec
