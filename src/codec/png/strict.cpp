#include "codec/png/strict.h"

#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <new>
#include <vector>

namespace visionshard::codec {
namespace {

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Nothing with a destructor lives between setjmp and return; the row pointers are the caller's.
  bool read_header() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ == nullptr) throw std::bad_alloc();
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) throw std::bad_alloc();
    if (setjmp(jump_) != 0) return false;
    // The caller has checked width x height against its own limit.
    png_set_user_limits(png_, 0x7FFFFFFF, 0x7FFFFFFF);
    // Text and profiles are not wanted here, and a compressed one must not be inflated.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>(ignored_chunks),
                                sizeof ignored_chunks / 5);
    // Some optimizers write a smaller window into the header than the data needs.
    png_set_option(png_, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_read_fn(png_, this, on_read);
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_gray_to_rgb(png_);
    png_set_scale_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read_rows(png_bytepp rows) {
    if (setjmp(jump_) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return !lost_data_;
  }

  std::uint32_t channels() const { return png_get_channels(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

  ImageFault fault() const {
    if (out_of_memory_) throw std::bad_alloc();
    return {FaultCode::corrupt_image, fmt::format("the PNG cannot be decoded: {}", message_)};
  }

 private:
  static constexpr char ignored_chunks[] = "iCCP\0tEXt\0zTXt\0iTXt\0eXIf\0sPLT\0hIST\0sCAL\0pCAL";

  static Reader& self(png_structp png) { return *static_cast<Reader*>(png_get_error_ptr(png)); }

  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    Reader& reader = self(png);
    reader.out_of_memory_ = std::string_view(message).find("ut of memory") != std::string_view::npos;
    reader.note(message);
    std::longjmp(reader.jump_, 1);
  }

  // libpng warns of a wrong Adler checksum when the last row is already out; the rows may be wrong all the same.
  static void on_warning(png_structp png, png_const_charp message) {
    if (std::string_view(message).find("incorrect data check") == std::string_view::npos) return;
    self(png).note(message);
    self(png).lost_data_ = true;
  }

  static void on_read(png_structp png, png_bytep out, std::size_t size) {
    Reader& reader = *static_cast<Reader*>(png_get_io_ptr(png));
    if (size > reader.rest_.size()) png_error(png, "the data ends too early");
    std::memcpy(out, reader.rest_.data(), size);
    reader.rest_ = reader.rest_.subspan(size);
  }

  void note(const char* message) { std::strncpy(message_, message, sizeof message_ - 1); }

  ByteView rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[120] = "";
  bool out_of_memory_ = false;
  bool lost_data_ = false;
};

}  // namespace

ImageResult<Pixels> decode_png_strictly(ByteView bytes, const ImageInfo& info) {
  Reader reader(bytes);
  if (!reader.read_header()) return tl::unexpected(reader.fault());
  Pixels pixels(info.width, info.height, reader.channels());
  if (reader.row_bytes() != pixels.stride())
    return image_fault(FaultCode::internal_error, "libpng's rows are not of the expected length");
  std::vector<png_bytep> rows(pixels.height);
  for (std::uint32_t y = 0; y < pixels.height; ++y) rows[y] = pixels.row(y);
  if (!reader.read_rows(rows.data())) return tl::unexpected(reader.fault());
  return pixels;
}

}  // namespace visionshard::codec
