// A seeded corpus with tiny images that has every outcome of a line.
#pragma once

#include <string>
#include <vector>

#include "base64_oracle.h"
#include "image_files.h"
#include "seeded_random.h"

namespace visionshard::test {

class Corpus {
 public:
  explicit Corpus(unsigned seed) : random_(seed) {
    for (const int components : {1, 3, 4})
      for (const bool progressive : {false, true}) {
        JpegShape shape{40, 24, components, 92, progressive};
        images_.push_back(jpeg_file(shape));
        shape.segments = exif_segment(6);
        images_.push_back(jpeg_file(shape));
      }
    images_.push_back(png_file(photograph(30, 20, 1)));
    images_.push_back(png_file(photograph(30, 20, 1, 4)));
    images_.push_back(png_file({16, 4, 0, 8}, std::vector<std::uint8_t>(64, 9)));
    images_.push_back(png_file({16, 4, 2, 16}, std::vector<std::uint8_t>(384, 9)));
    images_.push_back(webp_file(photograph(30, 20, 1), false));
    images_.push_back(jpeg_file(photograph(160, 120, 2), 95));  // over the byte limits that the tests set
    images_.push_back(png_file(photograph(80, 60, 3, 4)));
    images_.push_back(images_[1].substr(0, 200));  // cut off
    images_.push_back("no image at all");
  }

  /// With its ending, where it has one.
  std::string line() {
    switch (random_.below(16)) {
      case 0: return random_.pick({"\n", "  \n", "\r\n", "\t\n"});
      case 1: return "{\"messages\":[" + random_.pick({"", "{}", "tru", "]"}) + "]}\n";
      case 2: return std::string("\"\xFF\xFE\"\n");
      case 3: return "{\"messages\":[{\"role\":\"bot\",\"content\":\"" + text() + "\"}]}\n";
      default: return example() + (random_.one_in(5) ? "\r\n" : "\n");
    }
  }

  std::string lines(std::size_t count) {
    std::string out;
    while (count-- > 0) out += line();
    return out;
  }

 private:
  std::string text() {
    std::string out;
    for (std::size_t n = random_.below(30); n > 0; --n)
      out += random_.pick({"a ", "word ", "\\n", "\xC3\xA9", "\\\"", "\\u20ac"});
    return out;
  }
  std::string url() {
    if (random_.one_in(8)) return "https://example.com/" + std::to_string(random_.below(1000)) + ".png";
    const std::string encoded = base64::oracle::encode(random_.pick(images_));
    const std::string prefix = "data:image/" + random_.pick({"png", "jpeg", "webp", "jpg"}) + ";base64,";
    if (random_.one_in(6))
      return prefix + encoded.substr(0, encoded.size() / 2) + "\\n" + encoded.substr(encoded.size() / 2);
    if (random_.one_in(30)) return prefix + encoded + "!";
    return prefix + encoded;
  }
  std::string example() {
    std::string parts = "{\"type\":\"text\",\"text\":\"" + text() + "\"}";
    for (std::size_t n = random_.below(4); n > 0; --n)
      parts += random_.one_in(4)
                   ? ", {\"type\":\"image_url\",\"image_url\":\"" + url() + "\"}"
                   : ",{\"type\":\"image_url\", \"image_url\":{\"url\":\"" + url() + "\",\"detail\":\"low\"}}";
    return "{\"messages\":[{\"role\":\"user\",\"content\":[" + parts + "]},{\"role\":\"assistant\",\"content\":\"" +
           text() + "\"}],\"id\":" + std::to_string(random_.below(1'000'000)) + "}";
  }

  SeededRandom random_;
  std::vector<std::string> images_;
};

}  // namespace visionshard::test
