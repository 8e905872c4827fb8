#include "codec/tiff/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.h"
#include "codec/byte_order.h"
#include "codec/orientation.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

// More than any writer needs; a chain may also be a loop.
constexpr std::size_t max_directories = 64, max_children = 16;
// Of one directory: libtiff 4.5 knows some 200 tags, and each is in a directory once.
constexpr std::uint64_t max_entries = 4096;

struct Directory : TiffDirectory {
  bool is_reduced = false;
  bool is_dng = false;
  bool has_raw_tags = false;
  std::string_view make;
  std::optional<ByteView> xmp;
  std::vector<std::uint64_t> children;
  std::uint64_t next = 0;

  // Its own tag counts before XMP, which is long.
  void read_xmp() {
    if (!orientation && xmp) orientation = xmp_orientation(*xmp);
  }

  // Sensor data: TIFF/EP's color filter array, DNG's linear one, and compressions that makers made for them (Sony,
  // Samsung, Panasonic, Nikon, Kodak, Pentax).
  bool is_sensor_data() const {
    constexpr std::array<std::uint16_t, 8> raw_compressions = {32767, 32770, 32772, 34316, 34713, 65000, 65535, 262};
    return has_raw_tags || photometric == 32803 || photometric == 34892 ||
           std::find(raw_compressions.begin(), raw_compressions.end(), compression) != raw_compressions.end();
  }
};

// TIFF 6.0 section 2, and BigTIFF with offsets of eight bytes.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes), little_(text_at(bytes, 0, "II")), wide_(u16(2) == 43) {}

  std::uint64_t first() const { return wide_ ? u64(8) : u32(4); }

  std::optional<Directory> read(std::uint64_t offset) const {
    const std::uint64_t count_bytes = wide_ ? 8 : 2, entry_bytes = wide_ ? 20 : 12;
    if (offset == 0 || offset > bytes_.size() || bytes_.size() - offset < count_bytes) return std::nullopt;
    const std::uint64_t count = wide_ ? u64(offset) : u16(offset);
    const std::uint64_t entries = offset + count_bytes;
    if (count > (bytes_.size() - entries) / entry_bytes) return std::nullopt;
    Directory directory;
    directory.offset = offset;
    for (std::uint64_t i = 0; i < std::min(count, max_entries); ++i) read_entry(entries + i * entry_bytes, directory);
    const std::uint64_t end = entries + count * entry_bytes;
    if (bytes_.size() - end >= (wide_ ? 8u : 4u)) directory.next = wide_ ? u64(end) : u32(end);
    return directory;
  }

 private:
  // Beyond the end zeros.
  std::uint64_t number(std::uint64_t at, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size && at + i < bytes_.size(); ++i)
      value |= std::uint64_t{u8(bytes_, at + i)} << 8 * (little_ ? i : size - 1 - i);
    return value;
  }
  std::uint16_t u16(std::uint64_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint32_t u32(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint64_t u64(std::uint64_t at) const { return number(at, 8); }

  void read_entry(std::uint64_t at, Directory& directory) const {
    const std::uint16_t tag = u16(at), type = u16(at + 2);
    constexpr std::array<std::uint8_t, 19> type_bytes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    const std::size_t size = type < type_bytes.size() ? type_bytes[type] : 0;
    const std::uint64_t count = wide_ ? u64(at + 4) : u32(at + 4);
    if (size == 0 || count == 0 || count > bytes_.size() / size) return;
    const std::uint64_t field = at + (wide_ ? 12 : 8);
    const bool is_inside = count * size <= (wide_ ? 8u : 4u);
    const std::uint64_t values = is_inside ? field : wide_ ? u64(field) : u32(field);
    if (values > bytes_.size() || count * size > bytes_.size() - values) return;
    const ByteView data = bytes_.subspan(values, count * size);
    const std::uint64_t value = number(values, std::min<std::size_t>(size, 8));
    switch (tag) {
      case 254: directory.is_reduced |= (value & 5) != 0; break;  // bit 0: reduced, bit 2: a mask
      case 255: directory.is_reduced |= value == 2; break;
      case 258: directory.has_bits_per_sample = true; break;
      case 259: directory.compression = static_cast<std::uint16_t>(value); break;
      case 262: directory.photometric = static_cast<std::uint16_t>(value); break;
      case 271: directory.make = as_text(data); break;
      case 274:
        directory.orientation = value >= 1 && value <= 8 ? static_cast<std::uint8_t>(value) : std::uint8_t{1};
        break;
      case 330:
        for (std::size_t i = 0; i < count && directory.children.size() < max_children; ++i)
          directory.children.push_back(number(values + i * size, std::min<std::size_t>(size, 8)));
        break;
      case 700:
        if (!directory.xmp) directory.xmp = data;
        break;
      case 50706: directory.is_dng = true; break;
      // TIFF/EP's pattern of the color filters, Kodak's own directory (KDC), the maker's part of DNG and ARW.
      case 33421:
      case 33422:
      case 65024:
      case 50740: directory.has_raw_tags = true; break;
      default: break;
    }
  }

  ByteView bytes_;
  bool little_, wide_;
};

std::string_view raw_name(std::string_view make) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"nikon", "Nikon NEF"},          {"canon", "Canon CR2 or TIF"},  {"sony", "Sony ARW"},
      {"pentax", "Pentax PEF"},        {"ricoh", "Pentax PEF"},        {"kodak", "Kodak DCR or KDC"},
      {"eastman", "Kodak DCR or KDC"}, {"samsung", "Samsung SRW"},     {"hasselblad", "Hasselblad 3FR"},
      {"olympus", "Olympus ORF"},      {"panasonic", "Panasonic RW2"}, {"seiko epson", "Epson ERF"},
      {"mamiya", "Mamiya MEF"},        {"leaf", "Leaf MOS"},           {"phase one", "Phase One IIQ"}};
  for (const auto& [start, name] : names)
    if (ascii::begins_in_any_case(make, start)) return name;
  return "sensor data of a camera";
}

tl::unexpected<ImageFault> raw_file(std::string_view name) {
  return image_fault(FaultCode::unsupported_format,
                     fmt::format("the TIFF is a camera's raw file ({}), which this build cannot convert", name));
}

}  // namespace

ImageResult<TiffDirectory> find_tiff_picture(ByteView bytes) {
  if (text_at(bytes, 8, "CR\2"sv)) return raw_file("Canon CR2");
  if ((text_at(bytes, 8, "IIII"sv) && text_at(bytes, 13, "waR"sv)) || text_at(bytes, 8, "MMMMRaw"sv))
    return raw_file("Phase One IIQ");
  const Reader reader(bytes);
  const auto first = reader.read(reader.first());
  if (!first) return image_fault(FaultCode::corrupt_image, "the TIFF is cut off before its first directory's end");
  if (first->is_dng) return raw_file("DNG");
  const auto parent_name = [&] { return raw_file(raw_name(first->make)); };
  std::optional<Directory> child;                    // the first that is not reduced
  const auto visit = [&](const Directory& parent) {  // whether it or a child of it is sensor data
    if (parent.is_sensor_data()) return true;
    for (const std::uint64_t offset : parent.children) {
      auto found = reader.read(offset);
      if (!found) continue;
      if (found->is_sensor_data()) return true;
      if (child || found->is_reduced) continue;
      child = std::move(found);
      child->read_xmp();
      if (child->orientation) continue;
      Directory of_parent = parent;
      of_parent.read_xmp();
      child->orientation = of_parent.orientation;
    }
    return false;
  };
  if (visit(*first)) return parent_name();
  const auto picture = [](Directory found) -> TiffDirectory {
    found.read_xmp();
    return found;
  };
  if (!first->is_reduced) return picture(*first);
  std::optional<Directory> full;
  std::uint64_t next = first->next;
  std::vector<std::uint64_t> read = {reader.first()};
  for (std::size_t i = 1; i < max_directories; ++i) {
    if (std::find(read.begin(), read.end(), next) != read.end()) break;
    read.push_back(next);
    auto directory = reader.read(next);
    if (!directory) break;
    if (visit(*directory)) return parent_name();
    next = directory->next;
    if (!full && !directory->is_reduced) full = std::move(directory);
  }
  if (full) return picture(*full);
  if (child) return *child;
  // Old cameras keep the full picture where no directory leads to.
  if (!first->make.empty()) return parent_name();
  return picture(*first);
}

}  // namespace visionshard::codec
