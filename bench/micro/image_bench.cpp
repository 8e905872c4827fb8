// Each kind of conversion, on a crop of a photograph (VISIONSHARD_PHOTO names the file) or else of a synthetic picture.
// Results are checked before they are timed. `bytes` is the size of the result.
#include <benchmark/benchmark.h>
#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "../../tests/support/image_files.h"
#include "codec/jpeg/coefficients.h"
#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/rewrite.h"
#include "codec/jpeg/rotate.h"
#include "codec/png/png.h"
#include "codec/png/strict.h"
#include "image/decode.h"
#include "image/fit.h"
#include "image/requantize.h"

namespace {

namespace codec = visionshard::codec;
namespace image = visionshard::image;
namespace test = visionshard::test;
using codec::Pixels;
using visionshard::Bytes;
using visionshard::ByteView;

Pixels copy_of(const Pixels& from, std::uint32_t width, std::uint32_t height) {
  Pixels to(width, height, from.channels);
  for (std::uint32_t y = 0; y < height; ++y) std::memcpy(to.row(y), from.row(y), to.stride());
  return to;
}

const Pixels& photograph() {
  static const Pixels pixels = [] {
    const char* const path = std::getenv("VISIONSHARD_PHOTO");
    if (path == nullptr) return test::photograph(1024, 768, 1);
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto info = codec::probe(visionshard::as_bytes(text));
    auto shown = info ? image::shown(visionshard::as_bytes(text), *info) : tl::unexpected(info.error());
    if (!shown) std::abort();
    return copy_of(*shown, std::min(shown->width, 1024u), std::min(shown->height, 768u));
  }();
  return pixels;
}

// By libpng, with the filters that it chooses itself.
std::string by_libpng(const Pixels& pixels, int level) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, png_size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<const char*>(data), size);
      },
      [](png_structp) {});
  png_set_compression_level(png, level);
  png_set_IHDR(png, info, pixels.width, pixels.height, 8,
               pixels.channels == 4 ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (std::uint32_t y = 0; y < pixels.height; ++y) png_write_row(png, const_cast<png_bytep>(pixels.row(y)));
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

// "color", "gray" or "palette" of 256 grays of red, green and blue, one file each as a corpus has it.
struct Source {
  std::string file;
  codec::PngStructure structure;
  Pixels pixels;
};

Source source_of(const std::string& kind) {
  const Pixels& rgb = photograph();
  test::PngShape shape{rgb.width, rgb.height, kind == "gray" ? 0 : kind == "palette" ? 3 : 2, 8};
  for (unsigned i = 0; i < 256 && kind == "palette"; ++i)
    shape.palette.push_back({static_cast<std::uint8_t>((i >> 5) * 36), static_cast<std::uint8_t>((i >> 2 & 7) * 36),
                             static_cast<std::uint8_t>((i & 3) * 85)});
  std::vector<std::uint8_t> rows;
  for (std::uint32_t y = 0; y < rgb.height; ++y)
    for (std::uint32_t x = 0; x < rgb.width; ++x) {
      const std::uint8_t* p = rgb.row(y) + std::size_t{x} * 3;
      if (kind == "gray")
        rows.push_back(p[1]);
      else if (kind == "palette")
        rows.push_back(static_cast<std::uint8_t>((p[0] >> 5) << 5 | (p[1] >> 5) << 2 | p[2] >> 6));
      else
        rows.insert(rows.end(), p, p + 3);
    }
  Source source{test::png_file(shape, rows), {}, {}};
  source.structure = *codec::read_png_structure(visionshard::as_bytes(source.file));
  source.pixels = *codec::decode_png(visionshard::as_bytes(source.file), source.structure);
  return source;
}

void report(benchmark::State& state, std::size_t bytes) {
  const double pixels = static_cast<double>(photograph().width) * photograph().height;
  state.counters["MP/s"] =
      benchmark::Counter(pixels * static_cast<double>(state.iterations()) / 1e6, benchmark::Counter::kIsRate);
  state.counters["bytes"] = static_cast<double>(bytes);
}

void png_decode(benchmark::State& state, const std::string& kind, bool strictly) {
  const Source source = source_of(kind);
  const ByteView bytes = visionshard::as_bytes(source.file);
  const auto decode = [&] {
    return strictly ? *codec::decode_png_strictly(bytes, source.structure.info)
                    : *codec::decode_png(bytes, source.structure);
  };
  if (test::samples_of(decode()) != test::samples_of(source.pixels)) state.SkipWithError("wrong pixels");
  for (auto _ : state) benchmark::DoNotOptimize(decode());
  report(state, source.file.size());
}

void png_encode(benchmark::State& state, const std::string& kind, const std::string& how) {
  const Source source = source_of(kind);
  const auto symbols = codec::decode_png_symbols(visionshard::as_bytes(source.file), source.structure);
  const auto encode = [&]() -> std::string {
    if (how == "symbols") return std::string(visionshard::as_text(codec::encode_png(*symbols)));
    const int level = how.back() - '0';
    if (how.starts_with("libpng")) return by_libpng(source.pixels, level);
    return std::string(visionshard::as_text(codec::encode_png(source.pixels, level)));
  };
  const std::string made = encode();
  if (test::samples_of(test::png_pixels(made)) != test::samples_of(source.pixels)) state.SkipWithError("wrong pixels");
  for (auto _ : state) benchmark::DoNotOptimize(encode());
  report(state, made.size());
}

void structure(benchmark::State& state, const std::string& file) {
  if (!codec::probe(visionshard::as_bytes(file))) state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(codec::probe(visionshard::as_bytes(file)));
  state.SetBytesProcessed(static_cast<std::int64_t>(file.size()) * state.iterations());
}

std::string gray_jpeg() {
  test::JpegShape shape;
  shape.width = photograph().width;
  shape.height = photograph().height;
  shape.components = 1;
  return test::jpeg_file(shape);
}

void gray_to_color(benchmark::State& state) {
  const std::string file = gray_jpeg();
  const ByteView bytes = visionshard::as_bytes(file);
  const auto read = codec::read_jpeg_structure(bytes);
  bool dropped = false;
  std::size_t size = 0;
  for (auto _ : state) size = codec::gray_to_color(bytes, *read, dropped).size();
  report(state, size);
}

void turn(benchmark::State& state) {
  std::string file = test::jpeg_file(photograph(), 90);
  file.insert(2, test::exif_segment(6));
  const auto read = codec::read_jpeg_structure(visionshard::as_bytes(file));
  std::size_t size = 0;
  for (auto _ : state) size = codec::turned_losslessly(visionshard::as_bytes(file), *read).size();
  if (size == 0) state.SkipWithError("not turned");
  report(state, size);
}

void fit_jpeg(benchmark::State& state, bool requantize) {
  const std::string file = test::jpeg_file(photograph(), 97, 1, 1);
  const std::uint64_t limit_bytes = file.size() * 6 / 10;
  std::size_t size = 0;
  for (auto _ : state) {
    if (requantize) {
      unsigned tries = 0;
      const auto structure = codec::read_jpeg_structure(visionshard::as_bytes(file));
      const image::RecodeLimits limits{limit_bytes, 30, true};
      const auto recoded = image::recoded_jpeg(visionshard::as_bytes(file), *structure, {}, limits, tries);
      size = (*recoded)->bytes.size();
    } else {
      // What a search that knew the quality beforehand would take.
      codec::JpegSource source;
      const auto pixels = codec::decode_jpeg(visionshard::as_bytes(file), source);
      size = codec::encode_jpeg(*pixels, 93, source.sampling)->size();
    }
  }
  report(state, size);
}

// A file, the limit it is brought under, and what that may cost: two seconds for the largest pictures that are common,
// 38 megapixels, but for what libwebp takes for alpha.
struct Way {
  const char* name;
  std::string (*file)();
  std::uint64_t (*limit_bytes)(std::size_t file_bytes);
  double max_ms_per_megapixel = 52;
};

std::uint64_t unlimited(std::size_t) { return 10'000'000; }
template <int Percent>
std::uint64_t share(std::size_t file_bytes) {
  return file_bytes * Percent / 100;
}

Pixels with_alpha(const Pixels& rgb) {
  Pixels rgba(rgb.width, rgb.height, 4);
  for (std::uint32_t y = 0; y < rgb.height; ++y)
    for (std::uint32_t x = 0; x < rgb.width; ++x) {
      std::copy_n(rgb.row(y) + 3 * x, 3, rgba.row(y) + 4 * x);
      rgba.row(y)[4 * x + 3] = static_cast<std::uint8_t>(x * 255 / rgb.width);
    }
  return rgba;
}

// A slope with a little noise: small as a PNG, and hard to find repetitions in.
Pixels slope() {
  Pixels pixels(2000, 1500, 3);
  const Pixels noise = test::noise(pixels.width, pixels.height, 1, 3);
  for (std::uint32_t y = 0; y < pixels.height; ++y)
    for (std::uint32_t x = 0; x < pixels.width; ++x)
      for (unsigned k = 0; k < 3; ++k)
        pixels.row(y)[3 * x + k] =
            static_cast<std::uint8_t>(20 + x / 10 + y / 9 * k % 100 + (noise.row(y)[x] < 26 ? 1 : 0));
  return pixels;
}

// Random bytes of four values, at which libdeflate's search takes longest.
Pixels four_values() {
  Pixels pixels = test::noise(1000, 800, 3, 4);
  for (std::size_t i = 0; i < pixels.data.size(); ++i) pixels.data.data()[i] &= std::byte{3};
  return pixels;
}

std::string jpeg_of_one_component() {
  test::JpegShape shape{photograph().width, photograph().height, 1, 95};
  return test::jpeg_file(shape);
}

std::string png_of(int color_type, int depth) {
  const Pixels& rgb = photograph();
  test::PngShape shape{rgb.width, rgb.height, color_type, depth};
  std::vector<std::uint8_t> rows;
  for (std::uint32_t y = 0; y < rgb.height; ++y)
    for (std::uint32_t x = 0; x < rgb.width; ++x)
      for (unsigned k = 0; k < (color_type == 0 ? 1u : color_type == 2 ? 3u : 2u); ++k)
        for (int byte = 0; byte < depth / 8; ++byte) rows.push_back(rgb.row(y)[3 * x + k]);
  return test::png_file(shape, rows);
}

const Way fit_ways[] = {
    {"jpeg/quality/444", [] { return test::jpeg_file(photograph(), 97, 1, 1); }, share<60>},
    {"jpeg/quality/420", [] { return test::jpeg_file(photograph(), 97); }, share<60>},
    {"jpeg/best_codes", [] { return test::jpeg_file(photograph(), 95, 1, 1); }, share<99>},
    {"jpeg/progressive_scans", [] { return test::jpeg_file(photograph(), 95, 1, 1); }, share<91>},
    {"jpeg/gray", jpeg_of_one_component, unlimited},
    {"jpeg/cmyk",
     [] {
       return test::jpeg_file({1024, 768, 4, 95});
     },
     unlimited},
    {"png/smaller_png/slope", [] { return by_libpng(slope(), 1); }, share<70>},
    {"png/smaller_png/four_values", [] { return by_libpng(four_values(), 1); }, share<90>},
    {"png/jpeg/photograph", [] { return by_libpng(photograph(), 1); }, share<50>},
    {"png/jpeg/noise", [] { return by_libpng(test::noise(1000, 800, 3, 1), 1); }, share<80>},
    {"png/webp/alpha", [] { return by_libpng(with_alpha(photograph()), 1); }, share<50>, 260},
    {"png/gray", [] { return source_of("gray").file; }, unlimited},
    {"png/palette", [] { return source_of("palette").file; }, unlimited},
    {"png/gray_alpha", [] { return png_of(4, 8); }, unlimited, 80},
    {"png/gray_16", [] { return png_of(0, 16); }, unlimited},
    {"png/rgb_16", [] { return png_of(2, 16); }, unlimited, 80},
};

// The whole of what happens to one image. An error where it costs more than it may, by the processor's time.
void fit(benchmark::State& state, const Way& way) {
  const std::string file = way.file();
  visionshard::Limits limits;
  limits.max_image_bytes = way.limit_bytes(file.size());
  const ByteView bytes = visionshard::as_bytes(file);
  const auto info = codec::probe(bytes);
  const auto plan = info ? image::plan_conversion(*info, file.size(), limits, {}) : tl::unexpected(info.error());
  if (!plan || plan->keeps()) return state.SkipWithError("nothing to do");
  std::size_t size = 0;
  const std::clock_t start = std::clock();
  for (auto _ : state) {
    const auto fitted = image::fit_image(bytes, *info, *plan, limits, {});
    if (!fitted || fitted->bytes.size() > limits.max_image_bytes) return state.SkipWithError("does not fit");
    size = fitted->bytes.size();
  }
  const double ms = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double each = ms / static_cast<double>(state.iterations()) / (static_cast<double>(info->pixels()) / 1e6);
  state.counters["ms/MP"] = each;
  state.counters["may"] = way.max_ms_per_megapixel;
  state.counters["bytes"] = static_cast<double>(size);
  if (each > way.max_ms_per_megapixel) state.SkipWithError("takes longer than it may");
}

const bool registered = [] {
  for (const std::string kind : {"color", "gray", "palette"}) {
    benchmark::RegisterBenchmark(("png_decode/" + kind + "/ours").c_str(),
                                 [kind](auto& s) { png_decode(s, kind, false); });
    benchmark::RegisterBenchmark(("png_decode/" + kind + "/libpng").c_str(),
                                 [kind](auto& s) { png_decode(s, kind, true); });
    std::vector<std::string> ways = {"libdeflate1", "libdeflate2", "libdeflate3", "libdeflate6",
                                     "libpng1",     "libpng6",     "libpng9"};
    if (kind != "color") ways.insert(ways.begin(), "symbols");
    for (const std::string& how : ways)
      benchmark::RegisterBenchmark(("png_encode/" + kind + "/" + how).c_str(),
                                   [kind, how](auto& s) { png_encode(s, kind, how); });
  }
  benchmark::RegisterBenchmark("structure/jpeg", [](auto& s) { structure(s, test::jpeg_file(photograph(), 92)); });
  benchmark::RegisterBenchmark("structure/png", [](auto& s) { structure(s, source_of("color").file); });
  benchmark::RegisterBenchmark("structure/webp", [](auto& s) { structure(s, test::webp_file(photograph(), true)); });
  benchmark::RegisterBenchmark("rewrite/gray_to_color", gray_to_color);
  benchmark::RegisterBenchmark("rewrite/turn", turn);
  for (const Way& way : fit_ways)
    benchmark::RegisterBenchmark((std::string("fit/") + way.name).c_str(), [&way](auto& s) {
      fit(s, way);
    })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("fit_jpeg/requantize", [](auto& s) { fit_jpeg(s, true); });
  benchmark::RegisterBenchmark("fit_jpeg/decode_and_one_encode", [](auto& s) { fit_jpeg(s, false); });
  return true;
}();

}  // namespace
