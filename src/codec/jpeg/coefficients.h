// A JPEG's quantized coefficients, taken apart and put together again without a detour through pixels.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/jpeg/size_model.h"

namespace visionshard::codec {

enum class JpegCoding : std::uint8_t { sequential, progressive };

class JpegCoefficients {
 public:
  /// Undoes the entropy coding of a file of any coding that libjpeg reads, and no more. A warning that means lost data
  /// is corrupt_image. `bytes` are not needed afterwards. Throws std::bad_alloc.
  static ImageResult<JpegCoefficients> read(ByteView bytes);

  JpegCoefficients(JpegCoefficients&&) noexcept;
  JpegCoefficients& operator=(JpegCoefficients&&) noexcept;
  ~JpegCoefficients();

  /// The same coefficients with Huffman tables made for them; metadata is left out, but for an ICC `profile`.
  /// Throws std::bad_alloc.
  ImageResult<Bytes> written(JpegCoding coding, ByteView profile = {}) const;

  /// Of all components. Throws std::bad_alloc.
  std::vector<SampledPlane> sample() const;

  /// Requantizes by `steps`. This cannot be undone. Components that share a table must get the same steps.
  void requantize(const std::vector<QuantTable>& steps);

 private:
  struct State;
  explicit JpegCoefficients(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace visionshard::codec
