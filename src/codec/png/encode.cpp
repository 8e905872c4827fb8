// Filters are chosen for the whole picture from a sample: none (best where few distinct colors repeat, as after a
// palette) or, row by row, the one with the least sum of absolute differences (the heuristic of the PNG specification,
// section 12.7). Where a picture must be small, one filter for all rows is tried as well (image/shrink.cpp). The
// filtered rows are compressed in one call, which is what libdeflate is made for.
#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <new>
#include <tuple>
#include <utility>

#include "codec/byte_order.h"
#include "codec/icc.h"
#include "codec/png/png.h"
#include "codec/png/rows.h"

namespace visionshard::codec {
namespace {

class Deflater {
 public:
  explicit Deflater(int level) : c_(libdeflate_alloc_compressor(level)) {
    if (c_ == nullptr) throw std::bad_alloc();
  }
  ~Deflater() { libdeflate_free_compressor(c_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // A zlib stream; empty where it would be over `max_bytes`.
  Bytes compressed(ByteView in, std::size_t max_bytes = SIZE_MAX) {
    Bytes out(std::min(max_bytes, libdeflate_zlib_compress_bound(c_, in.size())));
    out.resize(libdeflate_zlib_compress(c_, in.data(), in.size(), out.data(), out.size()));
    return out;
  }

 private:
  libdeflate_compressor* c_;
};

// The rows at `from`, of the size of those of `pixels`, each after the number of its filter. `to` may be in the same
// memory, as many bytes before `from` as there are rows.
void filter_rows(const Pixels& pixels, const std::uint8_t* from, RowFilters filters, std::uint8_t* to) {
  PngRowFilter filter(pixels.stride(), pixels.channels);
  for (std::uint32_t y = 0; y < pixels.height; ++y, from += pixels.stride(), to += pixels.stride() + 1)
    *to = static_cast<std::uint8_t>(filter.apply(from, filters, to + 1));
}

Bytes compressed_rows(const Pixels& pixels, const PngCoding& coding) {
  Bytes rows(pixels.data.size() + pixels.height);
  filter_rows(pixels, pixels.row(0), coding.filters, reinterpret_cast<std::uint8_t*>(rows.data()));
  return Deflater(coding.level).compressed(rows);
}

// Whether filtered rows are smaller: `bytes` says what a sample takes with them and without. A sixteenth of the rows
// tells most pictures; with all that are sampled, deciding took a third of the time of small grays. Rows that follow a
// strip before them make filters look worse than they are.
template <class SampleBytes>
bool filters_pay(const Pixels& pixels, std::uint32_t strips, SampleBytes bytes) {
  constexpr std::uint32_t strip_rows = 16;
  const auto sizes = [&](std::uint32_t rows) {
    const Pixels sample = row_sample(pixels, strips, rows);
    return std::pair(bytes(sample, true), bytes(sample, false));
  };
  auto [filtered, plain] = sizes(std::clamp(pixels.height / 16 / strips, 4u, strip_rows));
  if (filtered >= plain / 16 * 15 && plain >= filtered / 8 * 7) std::tie(filtered, plain) = sizes(strip_rows);
  return filtered < plain;
}

RowFilters smaller_filters(const Pixels& pixels) {
  const auto bytes = [](const Pixels& sample, bool filtered) {
    return png_data_bytes(sample, {filtered ? RowFilters::min_sum : RowFilters::none, 1});
  };
  return filters_pay(pixels, 4, bytes) ? RowFilters::min_sum : RowFilters::none;
}

void append_be32(Bytes& out, std::uint32_t value) {
  const std::uint8_t b[] = {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                            static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  out.append(std::as_bytes(std::span(b)));
}

void append_chunk(Bytes& out, std::string_view type, ByteView data) {
  append_be32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t from = out.size();
  out.append(as_bytes(type));
  out.append(data);
  append_be32(out, libdeflate_crc32(0, out.data() + from, out.size() - from));
}

bool describes_color(std::uint32_t type) noexcept {
  return type == png_type("gAMA") || type == png_type("cHRM") || type == png_type("sRGB") || type == png_type("cICP");
}

// Calls take(chunk) for each sound chunk that is to be kept, except the last.
template <class Keep, class Take>
void each_chunk(ByteView bytes, const PngStructure& structure, Keep keep, Take take) {
  for (const PngChunk& chunk : structure.chunks)
    if (!chunk.damaged && chunk.type != png_type("IEND") && keep(chunk.type))
      take(bytes.subspan(chunk.offset, chunk.end() - chunk.offset));
}

template <class Keep>
Bytes with_chunks(ByteView bytes, const PngStructure& structure, Keep keep) {
  Bytes out;
  out.reserve(structure.info.end);
  out.append(bytes.first(png_signature_bytes));
  each_chunk(bytes, structure, keep, [&](ByteView chunk) { out.append(chunk); });
  append_chunk(out, "IEND", {});
  return out;
}

constexpr std::string_view signature = "\x89PNG\r\n\x1A\n";
constexpr std::size_t header_bytes = 13, chunk_frame_bytes = 12;
// One IDAT chunk holds up to 2^31 - 1 bytes; max_pixels can allow more than that.
constexpr std::size_t max_chunk_bytes = 0x7FFFFFFF;

// How much data png_file can write with `chunks_before_data` in a file of `max_bytes`.
std::uint64_t max_data_bytes(std::uint64_t max_bytes, ByteView chunks_before_data) {
  const std::uint64_t data_chunks = max_bytes / max_chunk_bytes + 1;
  const std::uint64_t others =
      signature.size() + header_bytes + (2 + data_chunks) * chunk_frame_bytes + chunks_before_data.size();
  return max_bytes - std::min(max_bytes, others);
}

Bytes png_file(std::uint32_t width, std::uint32_t height, bool alpha, ByteView chunks_before_data,
               ByteView compressed) {
  Bytes out;
  out.reserve(compressed.size() + chunks_before_data.size() + 128);
  out.append(as_bytes(signature));
  Bytes header;
  append_be32(header, width);
  append_be32(header, height);
  const std::uint8_t rest[] = {8, static_cast<std::uint8_t>(alpha ? 6 : 2), 0, 0, 0};
  header.append(std::as_bytes(std::span(rest)));
  append_chunk(out, "IHDR", header);
  out.append(chunks_before_data);
  for (std::size_t at = 0; at < compressed.size(); at += max_chunk_bytes)
    append_chunk(out, "IDAT", compressed.subspan(at, std::min(max_chunk_bytes, compressed.size() - at)));
  append_chunk(out, "IEND", {});
  return out;
}

// `filtered`: each row by the filter that fits it best, which for grays written as RGB gives three equal bytes as well.
Bytes deflate_symbol_rows(const Pixels& symbols, const SymbolTable& table, unsigned symbol_bytes, bool filtered) {
  Bytes heads(symbols.height), rows;
  std::memset(heads.data(), 0, heads.size());
  auto* const head = reinterpret_cast<std::uint8_t*>(heads.data());
  SymbolRows input{{symbols.row(0), symbols.data.size()},
                   {head, heads.size()},
                   symbols.width,
                   symbols.height,
                   symbol_bytes,
                   symbols.channels};
  if (filtered) {
    rows.resize(symbols.data.size());
    auto* const to = reinterpret_cast<std::uint8_t*>(rows.data());
    PngRowFilter filter(symbols.stride(), symbols.channels);
    for (std::uint32_t y = 0; y < symbols.height; ++y)
      head[y] = static_cast<std::uint8_t>(filter.apply(symbols.row(y), RowFilters::min_sum, to + y * symbols.stride()));
    input.symbols = {to, rows.size()};
  }
  return deflate_symbols(input, table);
}

}  // namespace

Bytes encode_png(const Pixels& pixels, int level, ByteView chunks_before_data) {
  const Bytes compressed = compressed_rows(pixels, {smaller_filters(pixels), level});
  return png_file(pixels.width, pixels.height, pixels.channels == 4, chunks_before_data, compressed);
}

std::optional<Bytes> encode_png_in_place(Pixels& pixels, const PngCoding& coding, ByteView chunks_before_data,
                                         std::uint64_t max_bytes) {
  const std::size_t bytes = pixels.data.size(), rows_bytes = bytes + pixels.height;
  pixels.data.resize(rows_bytes + png_row_padding);
  auto* const rows = reinterpret_cast<std::uint8_t*>(pixels.data.data());
  std::memmove(rows + pixels.height, rows, bytes);
  filter_rows(pixels, rows + pixels.height, coding.filters, rows);
  const Bytes compressed = Deflater(coding.level)
                               .compressed(pixels.data.view().first(rows_bytes),
                                           static_cast<std::size_t>(max_data_bytes(max_bytes, chunks_before_data)));
  if (compressed.empty()) {
    std::memset(rows + rows_bytes, 0, png_row_padding);
    png_rows_to_pixels(rows, pixels.height, pixels.stride(), pixels.channels);
    pixels.data.resize(bytes);
    return std::nullopt;
  }
  pixels.data = Bytes();
  return png_file(pixels.width, pixels.height, pixels.channels == 4, chunks_before_data, compressed);
}

std::size_t png_data_bytes(const Pixels& pixels, const PngCoding& coding) {
  return compressed_rows(pixels, coding).size();
}

Bytes encode_png(const SymbolPicture& picture, ByteView chunks_before_data) {
  const Pixels& symbols = picture.symbols;
  const unsigned symbol_bytes = picture.alpha ? 4 : 3;
  const auto bytes = [&](const Pixels& sample, bool filtered) {
    return deflate_symbol_rows(sample, picture.table, symbol_bytes, filtered).size();
  };
  const bool filtered = picture.is_grays && filters_pay(symbols, 8, bytes);
  const Bytes compressed = deflate_symbol_rows(symbols, picture.table, symbol_bytes, filtered);
  return png_file(symbols.width, symbols.height, picture.alpha, chunks_before_data, compressed);
}

Bytes color_chunks(ByteView bytes, const PngStructure& structure, bool was_gray, bool& dropped_profile) {
  Bytes out;
  dropped_profile = false;
  for (const PngChunk& chunk : structure.chunks) {
    if (chunk.damaged) continue;
    const bool profile = chunk.type == png_type("iCCP");
    // Decoders refuse the whole file for a profile that does not inflate or is none.
    const bool keeps = profile && !was_gray && text_at(png_icc_profile(bytes, structure), 36, "acsp");
    dropped_profile |= profile && !keeps;
    if (keeps || describes_color(chunk.type)) out.append(bytes.subspan(chunk.offset, chunk.end() - chunk.offset));
  }
  return out;
}

Bytes png_icc_profile(ByteView bytes, const PngStructure& structure) {
  for (const PngChunk& chunk : structure.chunks) {
    if (chunk.type != png_type("iCCP") || chunk.damaged) continue;
    const ByteView data = bytes.subspan(chunk.offset + 8, chunk.length);
    const std::size_t name = as_text(data).find('\0');
    if (name == std::string_view::npos || name + 2 > data.size()) return {};
    const ByteView packed = data.subspan(name + 2);
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!inflater) throw std::bad_alloc();
    Bytes profile;
    std::size_t size = 0;
    // The size is not stored; most profiles have a few kilobytes.
    for (std::size_t room = 64 << 10; room <= max_profile_bytes; room *= 4) {
      profile.resize(room);
      const auto result =
          libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), profile.data(), room, &size);
      if (result == LIBDEFLATE_INSUFFICIENT_SPACE) continue;
      profile.resize(result == LIBDEFLATE_SUCCESS ? size : 0);
      return profile;
    }
    return {};
  }
  return {};
}

Bytes still_png(ByteView bytes, const PngStructure& structure) {
  return with_chunks(bytes, structure, [](std::uint32_t type) {
    return type != png_type("acTL") && type != png_type("fcTL") && type != png_type("fdAT");
  });
}

std::optional<Bytes> without_metadata(ByteView bytes, const PngStructure& structure, std::uint64_t max_bytes) {
  const auto is_needed = [](std::uint32_t type) {
    const bool ancillary = type >> 24 & 0x20;
    return !ancillary || type == png_type("tRNS") || type == png_type("iCCP") || describes_color(type);
  };
  constexpr std::uint64_t end_chunk_bytes = 12;
  std::uint64_t size = png_signature_bytes + end_chunk_bytes;
  each_chunk(bytes, structure, is_needed, [&](ByteView chunk) { size += chunk.size(); });
  if (size > max_bytes) return std::nullopt;
  return with_chunks(bytes, structure, is_needed);
}

}  // namespace visionshard::codec
