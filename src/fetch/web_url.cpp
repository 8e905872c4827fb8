#include "fetch/web_url.h"

#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/ascii.h"
#include "base/result.h"
#include "base/sha256.h"
#include "fetch/curl_library.h"

namespace visionshard::fetching {
namespace {

struct Free {
  void operator()(CURLU* url) const noexcept { curl().curl_url_cleanup(url); }
  void operator()(char* text) const noexcept { curl().curl_free(text); }
};
using UrlHandle = std::unique_ptr<CURLU, Free>;

// People write spaces and letters beyond ASCII into URLs, as browsers let them.
constexpr unsigned escape = CURLU_URLENCODE;

CURLUcode get(const UrlHandle& url, CURLUPart part, std::string& out, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl().curl_url_get(url.get(), part, &text, flags);
  const std::unique_ptr<char, Free> owner(text);
  if (code == CURLUE_OK) out = text;
  return code;
}

// International names: libidn2, which libcurl calls, reads them in the locale's encoding. The program has none.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    if (utf8 != nullptr) before_ = ::uselocale(utf8);
  }
  ~Utf8Locale() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_ = nullptr;
};

// libcurl sends what they mean, and cannot where that has control characters.
tl::expected<void, std::string> check_login(const UrlHandle& url) {
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD}) {
    std::string text;
    const CURLUcode code = get(url, part, text, CURLU_URLDECODE);
    if (code == CURLUE_URLDECODE) return tl::unexpected(std::string("its user or password has a control character"));
  }
  return {};
}

tl::expected<WebUrl, std::string> parts_of(const UrlHandle& url) {
  const Utf8Locale locale;
  WebUrl out;
  const auto failed = [](CURLUcode code) { return tl::unexpected(std::string(curl().curl_url_strerror(code))); };
  if (const CURLUcode code = get(url, CURLUPART_SCHEME, out.scheme)) return failed(code);
  if (out.scheme != "http" && out.scheme != "https")
    return tl::unexpected(fmt::format("the scheme {} is not fetched", out.scheme.substr(0, 20)));
  curl().curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  VISIONSHARD_TRY(check_login(url));
  if (const CURLUcode code = get(url, CURLUPART_URL, out.request, CURLU_PUNYCODE)) {
    // So libcurl says that a name cannot be converted.
    if (code == CURLUE_OUT_OF_MEMORY) return tl::unexpected(std::string("its host is no valid international name"));
    return failed(code);
  }
  if (const CURLUcode code = get(url, CURLUPART_HOST, out.host, CURLU_PUNYCODE)) return failed(code);
  std::string port, query;
  if (const CURLUcode code = get(url, CURLUPART_PORT, port, CURLU_DEFAULT_PORT)) return failed(code);
  std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (const CURLUcode code = get(url, CURLUPART_PATH, out.path)) return failed(code);
  if (get(url, CURLUPART_QUERY, query) == CURLUE_OK) out.path += "?" + query;
  std::string zone;
  if (get(url, CURLUPART_ZONEID, zone) == CURLUE_OK) return tl::unexpected(std::string("the address has a zone"));
  out.host = ascii::lower_case(out.host);
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  while (out.host.ends_with('.')) out.host.pop_back();
  if (out.host.empty()) return tl::unexpected(std::string("it names no host"));
  return out;
}

UrlHandle new_url() {
  UrlHandle url(curl().curl_url());
  if (!url) throw std::bad_alloc();
  return url;
}

}  // namespace

std::string WebUrl::origin() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

tl::expected<WebUrl, std::string> read_web_url(const std::string& text) {
  if (text.size() > max_url_bytes)
    return tl::unexpected(fmt::format("it has {} bytes; at most {} are requested", text.size(), max_url_bytes));
  // libcurl would request what stands before it.
  if (text.find('\0') != std::string::npos) return tl::unexpected(std::string("it has a NUL"));
  const UrlHandle url = new_url();
  if (const CURLUcode code = curl().curl_url_set(url.get(), CURLUPART_URL, text.c_str(), escape))
    return tl::unexpected(std::string(curl().curl_url_strerror(code)));
  return parts_of(url);
}

tl::expected<void, std::string> check_proxy(const std::string& proxy) {
  if (proxy.find('\0') != std::string::npos) return tl::unexpected(std::string("it has a NUL"));
  const UrlHandle url = new_url();
  // As libcurl reads it.
  constexpr unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  if (const CURLUcode code = curl().curl_url_set(url.get(), CURLUPART_URL, proxy.c_str(), flags))
    return tl::unexpected(std::string(curl().curl_url_strerror(code)));
  std::string scheme;
  if (const CURLUcode code = get(url, CURLUPART_SCHEME, scheme))
    return tl::unexpected(std::string(curl().curl_url_strerror(code)));
  for (const std::string_view known : {"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
    if (scheme == known) return check_login(url);
  return tl::unexpected(
      std::string("it must begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h://"));
}

tl::expected<WebUrl, std::string> read_redirect(const WebUrl& from, const std::string& location) {
  const UrlHandle url = new_url();
  if (const CURLUcode code = curl().curl_url_set(url.get(), CURLUPART_URL, from.request.c_str(), 0))
    return tl::unexpected(std::string(curl().curl_url_strerror(code)));
  if (const CURLUcode code = curl().curl_url_set(url.get(), CURLUPART_URL, location.c_str(), escape))
    return tl::unexpected(std::string(curl().curl_url_strerror(code)));
  return parts_of(url);
}

std::uint64_t host_hash(std::string_view host) {
  Sha256 digest;
  digest.update(as_bytes(host));
  const Sha256::Digest bytes = digest.finish();
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes.data(), sizeof hash);
  return hash;
}

}  // namespace visionshard::fetching
