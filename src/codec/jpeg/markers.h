// Second bytes of markers (ITU-T T.81 table B.1).
#pragma once

#include <cstdint>

namespace visionshard::codec {

inline constexpr std::uint8_t tem = 0x01, sof0 = 0xC0, sof1 = 0xC1, sof2 = 0xC2, dht = 0xC4, jpg = 0xC8, dac = 0xCC,
                              rst0 = 0xD0, soi = 0xD8, eoi = 0xD9, sos = 0xDA, dqt = 0xDB, dnl = 0xDC, dri = 0xDD,
                              app0 = 0xE0, app1 = 0xE1, app2 = 0xE2, app13 = 0xED, app14 = 0xEE, app15 = 0xEF,
                              com = 0xFE, jpeg_ls = 0xF7;  // SOF55 (T.87 annex C)

}  // namespace visionshard::codec
