#include "fetch/response.h"

#include <gtest/gtest.h>

#include "fetch/classify_response.h"
#include "fetch/content_decoder.h"

namespace visionshard::fetching {
namespace {

using Kind = ResponseClass::Kind;

Response ended(TransferEnd end, std::uint16_t status) {
  Response response;
  response.end = end;
  response.status = status;
  return response;
}

TEST(ResponseHeaders, AreReadInAnyCase) {
  ResponseHeaders headers;
  headers.take_line("HTTP/1.1 200 OK\r\n", true);
  headers.take_line("LOCATION:  /next \r\n", true);
  headers.take_line("x-ROBOTS-tag: noai\r\n", true);
  headers.take_line("Content-Length: 5\r\n", true);
  EXPECT_EQ(headers.location, "/next");
  EXPECT_TRUE(headers.forbids_use);
  EXPECT_TRUE(headers.has_length);
}

TEST(ResponseHeaders, OfAnInterimResponseDoNotCount) {
  ResponseHeaders headers;
  headers.take_line("HTTP/1.1 103 Early Hints\r\n", true);
  headers.take_line("X-Robots-Tag: noai\r\n", true);
  headers.take_line("HTTP/1.1 200 OK\r\n", true);
  EXPECT_FALSE(headers.forbids_use);
}

TEST(ResponseHeaders, DoNotForbidWhereTheyAreIgnored) {
  ResponseHeaders headers;
  headers.take_line("X-Robots-Tag: noai\r\n", false);
  headers.take_line("tdm-reservation: 1\r\n", false);
  EXPECT_FALSE(headers.forbids_use);
}

TEST(RetryAfter, IsANumberOrADate) {
  const std::int64_t now = 1'700'000'000;  // Tue, 14 Nov 2023 22:13:20 GMT
  EXPECT_EQ(read_retry_after("120", now), 120u);
  EXPECT_EQ(read_retry_after("Tue, 14 Nov 2023 22:14:20 GMT", now), 60u);
  EXPECT_EQ(read_retry_after("Tue, 14 Nov 2023 22:12:20 GMT", now), 0u);
  EXPECT_EQ(read_retry_after("99999999999999999999999", now), UINT64_MAX);
  EXPECT_EQ(read_retry_after("soon", now), std::nullopt);
  EXPECT_EQ(read_retry_after("-5", now), std::nullopt);
  EXPECT_EQ(read_retry_after("", now), std::nullopt);
}

TEST(ClassifyResponse, RetriesWhatMayNotHappenAgain) {
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{408, 429, 500, 502, 503, 504, 599}) {
    const ResponseClass result = classify_response(ended(TransferEnd::complete, status), false);
    EXPECT_TRUE(result.transient && result.is_overload) << status;
    EXPECT_EQ(result.code, FaultCode::url_status);
  }
  for (const TransferEnd end :
       {TransferEnd::not_connected, TransferEnd::broken, TransferEnd::timed_out, TransferEnd::cut_short}) {
    const ResponseClass result = classify_response(ended(end, end == TransferEnd::cut_short ? 200 : 0), false);
    EXPECT_TRUE(result.transient);
    EXPECT_EQ(result.code, FaultCode::url_unreachable);
  }
}

TEST(ClassifyResponse, TakesOtherStatusesAsFinal) {
  for (const std::uint16_t status :
       std::initializer_list<std::uint16_t>{201, 204, 206, 300, 304, 305, 400, 401, 403, 404, 410, 451})
    for (const TransferEnd end : {TransferEnd::complete, TransferEnd::timed_out}) {
      const ResponseClass result = classify_response(ended(end, status), false);
      EXPECT_EQ(result.kind, Kind::failed) << status;
      EXPECT_FALSE(result.transient) << status;
      EXPECT_EQ(result.code, FaultCode::url_status);
    }
}

TEST(ClassifyResponse, BlamesNoUrlForTheProxy) {
  Response refused = ended(TransferEnd::refused_by_proxy, 407);
  refused.detail = "http://proxy.test:3128";
  const ResponseClass result = classify_response(refused, false);
  EXPECT_TRUE(result.transient);
  EXPECT_EQ(result.code, FaultCode::url_unreachable);
  EXPECT_EQ(result.detail, "the proxy http://proxy.test:3128 wants another name and password (status 407)");
  EXPECT_FALSE(classify_response(ended(TransferEnd::complete, 407), false).transient);  // of a server
}

TEST(ClassifyResponse, KnowsRedirectsAndUnchangedImages) {
  Response redirect = ended(TransferEnd::complete, 308);
  EXPECT_EQ(classify_response(redirect, false).kind, Kind::failed);
  redirect.headers.location = "/x";
  EXPECT_EQ(classify_response(redirect, false).kind, Kind::redirect);
  EXPECT_EQ(classify_response(ended(TransferEnd::complete, 304), true).kind, Kind::not_modified);
  EXPECT_EQ(classify_response(ended(TransferEnd::complete, 200), true).kind, Kind::body);
}

TEST(ClassifyResponse, GivesEachRefusalItsCode) {
  const auto code = [](TransferEnd end, std::uint16_t status) {
    const ResponseClass result = classify_response(ended(end, status), false);
    EXPECT_FALSE(result.transient);
    return result.code;
  };
  EXPECT_EQ(code(TransferEnd::refused_address, 0), FaultCode::url_private);
  EXPECT_EQ(code(TransferEnd::certificate, 0), FaultCode::url_unreachable);
  EXPECT_EQ(code(TransferEnd::headers_too_large, 503), FaultCode::url_too_large);
  EXPECT_EQ(code(TransferEnd::body_too_large, 200), FaultCode::url_too_large);
  EXPECT_EQ(code(TransferEnd::opted_out, 200), FaultCode::url_opted_out);
  EXPECT_EQ(code(TransferEnd::opted_out, 304), FaultCode::url_opted_out);
  EXPECT_EQ(code(TransferEnd::bad_encoding, 200), FaultCode::url_not_image);
}

// python3: gzip.compress(b"hello hello hello hello"), zlib.compress and a raw zlib.compressobj(wbits=-15) of the same
constexpr unsigned char as_gzip[] = {31,  139, 8,   0,  0,  0, 0,   0,  2,  3,   203, 72, 205, 201,
                                     201, 87,  200, 64, 39, 1, 227, 81, 61, 141, 23,  0,  0,   0};
constexpr unsigned char as_zlib[] = {120, 156, 203, 72, 205, 201, 201, 87, 200, 64, 39, 1, 104, 3, 8, 177};
constexpr unsigned char as_raw[] = {203, 72, 205, 201, 201, 87, 200, 64, 39, 1};

template <std::size_t N>
std::string decoded(const unsigned char (&bytes)[N], std::string_view encoding, std::size_t step, bool& complete) {
  std::string out;
  const auto decoder = ContentDecoder::make(encoding);
  const ByteView all = std::as_bytes(std::span(bytes));
  for (std::size_t at = 0; at < N; at += step) {
    const bool good = decoder->decode(all.subspan(at, std::min(step, N - at)), [&](ByteView piece) {
      out += as_text(piece);
      return true;
    });
    EXPECT_TRUE(good);
  }
  complete = decoder->is_complete();
  return out;
}

TEST(ContentDecoder, UndoesWhatServersDo) {
  bool complete = false;
  for (const std::size_t step : {1u, 2u, 7u, 1000u}) {
    EXPECT_EQ(decoded(as_gzip, "gzip", step, complete), "hello hello hello hello");
    EXPECT_TRUE(complete);
    for (const bool has_header : {true, false}) {
      const std::string text =
          has_header ? decoded(as_zlib, "deflate", step, complete) : decoded(as_raw, "deflate", step, complete);
      EXPECT_EQ(text, "hello hello hello hello");
      EXPECT_TRUE(complete);
    }
  }
}

TEST(ContentDecoder, NoticesWhatIsDamagedOrCutShort) {
  const auto decoder = ContentDecoder::make("gzip");
  EXPECT_TRUE(decoder->decode(std::as_bytes(std::span(as_gzip).first(15)), [](ByteView) { return true; }));
  EXPECT_FALSE(decoder->is_complete());
  const unsigned char damaged[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff};
  EXPECT_FALSE(ContentDecoder::make("gzip")->decode(std::as_bytes(std::span(damaged)), [](ByteView) { return true; }));
  EXPECT_EQ(ContentDecoder::make("br"), nullptr);
  EXPECT_EQ(ContentDecoder::make("gzip, br"), nullptr);
}

TEST(ContentDecoder, StopsWhenNoMoreIsWanted) {
  EXPECT_FALSE(ContentDecoder::make("gzip")->decode(std::as_bytes(std::span(as_gzip)), [](ByteView) { return false; }));
}

}  // namespace
}  // namespace visionshard::fetching
