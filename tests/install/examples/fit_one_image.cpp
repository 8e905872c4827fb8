// Makes one image acceptable: fit_one_image FROM TO
//
// Prints the media type and what was done; ends with 1 where the image cannot be used, with 2 where a file cannot.
#include <visionshard/base64.h>
#include <visionshard/image.h>
#include <visionshard/profile.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: fit_one_image FROM TO\n";
    return 2;
  }
  std::ifstream from(argv[1], std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(from), {}};
  if (!from) {
    std::cerr << "cannot read " << argv[1] << "\n";
    return 2;
  }

  const visionshard::Limits& limits = visionshard::find_profile("openai")->limits;
  const auto result = visionshard::fit_image(std::as_bytes(std::span(file)), limits);
  if (const auto* fault = std::get_if<visionshard::Fault>(&result)) {
    std::cout << name(fault->code) << ": " << fault->detail << "\n";
    return 1;
  }

  const auto& image = std::get<visionshard::FittedImage>(result);
  std::cout << media_type(image.format);
  for (const std::string_view conversion : image.conversions) std::cout << " " << conversion;
  const std::string url =
      "data:" + std::string(media_type(image.format)) + ";base64," + visionshard::encode_base64(image.bytes);
  std::cout << "\nas a data URL: " << url.size() << " characters\n";

  std::ofstream to(argv[2], std::ios::binary);
  to.write(reinterpret_cast<const char*>(image.bytes.data()), static_cast<std::streamsize>(image.bytes.size()));
  return to.flush() ? 0 : 2;
}
