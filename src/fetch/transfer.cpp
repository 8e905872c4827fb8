#include "fetch/transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/printable_url.h"
#include "fetch/content_decoder.h"
#include "fetch/curl_library.h"

namespace visionshard::fetching {
namespace {

// Of the body of an error page: read to keep the connection, if it is no more than this.
constexpr std::uint64_t max_ignored_bytes = 64 << 10;

TransferEnd end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return TransferEnd::complete;
    case CURLE_OPERATION_TIMEDOUT: return TransferEnd::timed_out;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_PROXY: return TransferEnd::not_connected;
    case CURLE_PARTIAL_FILE: return TransferEnd::cut_short;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR: return TransferEnd::certificate;
    default: return TransferEnd::broken;
  }
}

}  // namespace

struct TransferPool::Library {
  CURLM* multi = nullptr;
  bool initialized = curl().curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (multi != nullptr) curl().curl_multi_cleanup(multi);
    if (initialized) curl().curl_global_cleanup();
  }
};

struct TransferPool::Transfer {
  TransferPool* pool = nullptr;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;
  char error[CURL_ERROR_SIZE] = {};

  store::BodyBuffer* body = nullptr;
  Done done;
  std::uint64_t max_body_bytes = 0;
  bool honor_opt_out = true;
  Response response;
  std::optional<TransferEnd> stopped;  // by a callback
  std::uint64_t header_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::unique_ptr<ContentDecoder> decoder;
  bool has_content_begun = false;

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    free_lists();
    curl().curl_easy_cleanup(easy);
  }

  void free_lists() {
    curl().curl_slist_free_all(std::exchange(headers, nullptr));
    curl().curl_slist_free_all(std::exchange(connect_to, nullptr));
  }

  long number(CURLINFO info) const {
    long value = 0;
    curl().curl_easy_getinfo(easy, info, &value);
    return value;
  }
  long status() const { return number(CURLINFO_RESPONSE_CODE); }

  // A connection that was open already took no time to connect.
  bool was_connected() const {
    curl_off_t connect_us = 0;
    curl().curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    return connect_us > 0 || number(CURLINFO_REQUEST_SIZE) > 0;
  }

  bool stop(TransferEnd why) {
    stopped = why;
    return false;
  }

  void lacks_memory() {
    pool->fault_ = run_fault("out of memory; lower --connections").value();
    stop(TransferEnd::broken);
  }

  bool take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > max_header_bytes) return stop(TransferEnd::headers_too_large);
    response.headers.take_line(line, honor_opt_out);
    return true;
  }

  bool append(ByteView bytes) {
    if (body->size() + bytes.size() > max_body_bytes) return stop(TransferEnd::body_too_large);
    if (auto appended = body->append(bytes); !appended) {
      pool->fault_ = std::move(appended.error());
      return stop(TransferEnd::broken);
    }
    return true;
  }

  bool take_body(ByteView bytes) {
    received_bytes += bytes.size();
    if (status() != 200) return received_bytes <= max_ignored_bytes || stop(TransferEnd::complete);
    if (response.headers.forbids_use) return stop(TransferEnd::opted_out);
    if (!std::exchange(has_content_begun, true)) {
      // Where it is not known the bytes decide: servers name there what is none, such as "utf-8" or "binary".
      const std::string& encoding = response.headers.content_encoding;
      if (!encoding.empty() && !(decoder = ContentDecoder::make(encoding))) response.unknown_encoding = encoding;
    }
    if (!decoder) return append(bytes);
    return decoder->decode(bytes, [&](ByteView decoded) { return append(decoded); }) ||
           (stopped ? false : stop(TransferEnd::bad_encoding));
  }

  void finish(CURLcode code) {
    curl_off_t total_us = 0;
    curl().curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total_us);
    response.seconds = static_cast<double>(total_us) / 1e6;
    response.status = static_cast<std::uint16_t>(std::clamp(status(), 0L, 999L));
    response.end = stopped.value_or(end_of(code));
    if (response.end == TransferEnd::timed_out && !was_connected()) response.end = TransferEnd::not_connected;
    // Also where the image is the one that is stored, since the right to use it can have been withdrawn, and of what is
    // redirected.
    if (response.end == TransferEnd::complete && response.headers.forbids_use && response.status >= 200 &&
        response.status < 400)
      response.end = TransferEnd::opted_out;
    if (response.end == TransferEnd::complete && decoder && !decoder->is_complete())
      response.end = TransferEnd::cut_short;
    // Of https the answer to CONNECT.
    if (!pool->options_.proxy.empty() && (response.status == 407 || number(CURLINFO_HTTP_CONNECTCODE) == 407)) {
      response.end = TransferEnd::refused_by_proxy;
      response.detail = printable_url(pool->options_.proxy);
      return;
    }
    if (code == CURLE_SSL_CACERT_BADFILE) {
      const std::string& file = pool->options_.ca_file;
      pool->fault_ = file.empty() ? run_fault(
                                        "the certificates that this machine trusts cannot be read; install "
                                        "ca-certificates, or name a file of them (--ca-file)")
                                        .value()
                                  : refusal(file + ": holds no certificates that can be read (PEM)").value();
    }
    if (code != CURLE_OK && !stopped) response.detail = *error != '\0' ? error : curl().curl_easy_strerror(code);
  }
};

namespace {

// No exception may pass through the library's frames.
template <class Transfer, class Take>
std::size_t take(void* self, std::size_t bytes, Take take_bytes) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return take_bytes(transfer) ? bytes : 0;
  } catch (const std::bad_alloc&) {
    transfer.lacks_memory();
    return 0;
  }
}

template <class Transfer>
std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return take<Transfer>(self, size * count, [&](Transfer& t) { return t.take_header({data, size * count}); });
}

template <class Transfer>
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return take<Transfer>(self, size * count, [&](Transfer& t) { return t.take_body(as_bytes({data, size * count})); });
}

}  // namespace

TransferPool::TransferPool(EventLoop& loop, const AddressGuard& guard, TransferOptions options)
    : loop_(loop), guard_(guard), options_(std::move(options)), owner_(loop.add_owner(*this)) {}

TransferPool::~TransferPool() { cancel_all(); }

RunResult<void> TransferPool::open(std::size_t connections) {
  library_ = std::make_unique<Library>();
  CURLM* const multi = library_->multi = library_->initialized ? curl().curl_multi_init() : nullptr;
  if (multi == nullptr) return run_fault("libcurl does not start");
  const auto socket = [](CURL*, curl_socket_t fd, int what, void* self, void*) {
    auto& pool = *static_cast<TransferPool*>(self);
    pool.loop_.watch(pool.owner_, fd, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                     what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
  };
  const auto timer = [](CURLM*, long wait_ms, void* self) {
    static_cast<TransferPool*>(self)->timeout_ =
        wait_ms < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(wait_ms);
    return 0;
  };
  curl().curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, +socket);
  curl().curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl().curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, +timer);
  curl().curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl().curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
  return {};
}

std::unique_ptr<TransferPool::Transfer> TransferPool::make_transfer() {
  auto transfer = std::make_unique<Transfer>();
  CURL* const easy = transfer->easy = curl().curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  transfer->pool = this;
  const auto guard = [](void* self, curlsocktype, curl_sockaddr* address) -> curl_socket_t {
    auto& t = *static_cast<Transfer*>(self);
    // With a proxy this is the proxy's address, which the user named.
    const auto to = address_of(&address->addr);
    if (t.pool->options_.proxy.empty() && (!to || !t.pool->guard_.allows(*to))) {
      t.stop(TransferEnd::refused_address);
      return CURL_SOCKET_BAD;
    }
    const int opened = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    // No fault of the host.
    if (opened < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
      t.pool->fault_ = system_fault("a connection", "open", errno).value();
    return opened;
  };
  const auto milliseconds = [](auto time) { return static_cast<long>(std::chrono::milliseconds(time).count()); };
  const auto set = [&](CURLoption option, auto value) { curl().curl_easy_setopt(easy, option, value); };
  set(CURLOPT_PRIVATE, transfer.get());
  set(CURLOPT_ERRORBUFFER, transfer->error);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_PROXY, options_.proxy.c_str());
  // Otherwise NO_PROXY of the environment would send requests past the proxy, and so past the guard.
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // With a directory the certificates are read again for every connection: 80 ms of processor time in place of 2.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
  set(CURLOPT_TIMEOUT_MS, milliseconds(options_.total_timeout));
  set(CURLOPT_LOW_SPEED_LIMIT, 1000L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  set(CURLOPT_OPENSOCKETFUNCTION, static_cast<curl_opensocket_callback>(guard));
  set(CURLOPT_OPENSOCKETDATA, transfer.get());
  set(CURLOPT_HEADERFUNCTION, &on_header<Transfer>);
  set(CURLOPT_HEADERDATA, transfer.get());
  set(CURLOPT_WRITEFUNCTION, &on_body<Transfer>);
  set(CURLOPT_WRITEDATA, transfer.get());
  return transfer;
}

void TransferPool::start(const Request& request, store::BodyBuffer& body, Done done) {
  if (idle_.empty()) {
    all_.push_back(make_transfer());
    idle_.push_back(all_.back().get());
  }
  Transfer& t = *idle_.back();
  idle_.pop_back();
  body.clear();
  t.body = &body;
  t.done = std::move(done);
  t.max_body_bytes = request.max_body_bytes > 0 ? request.max_body_bytes : options_.max_body_bytes;
  t.honor_opt_out = request.honor_opt_out;
  t.response = {};
  t.stopped.reset();
  t.header_bytes = t.received_bytes = 0;
  t.decoder.reset();
  t.has_content_begun = false;
  *t.error = '\0';
  t.free_lists();
  for (const std::string& header : request.headers) t.headers = curl().curl_slist_append(t.headers, header.c_str());
  if (request.address) {
    const std::string text = address_text(*request.address);
    const bool is_v6 = text.find(':') != std::string::npos;
    t.connect_to = curl().curl_slist_append(
        nullptr, fmt::format("::{}{}{}:{}", is_v6 ? "[" : "", text, is_v6 ? "]" : "", request.url.port).c_str());
  }
  curl().curl_easy_setopt(t.easy, CURLOPT_URL, request.url.request.c_str());
  curl().curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, t.headers);
  curl().curl_easy_setopt(t.easy, CURLOPT_CONNECT_TO, t.connect_to);
  ++in_flight_;
  if (curl().curl_multi_add_handle(library_->multi, t.easy) != CURLM_OK) throw std::bad_alloc();
}

void TransferPool::on_socket(int fd, bool can_read, bool can_write, bool has_error) {
  int running = 0;
  curl().curl_multi_socket_action(
      library_->multi, fd,
      (can_read ? CURL_CSELECT_IN : 0) | (can_write ? CURL_CSELECT_OUT : 0) | (has_error ? CURL_CSELECT_ERR : 0),
      &running);
  finish_complete();
}

void TransferPool::process_timeouts() {
  if (timeout_ > Clock::now()) return;
  timeout_ = Clock::time_point::max();
  int running = 0;
  curl().curl_multi_socket_action(library_->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  finish_complete();
}

void TransferPool::finish_complete() {
  int left = 0;
  while (const CURLMsg* const message = curl().curl_multi_info_read(library_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Transfer* t = nullptr;
    curl().curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    curl().curl_multi_remove_handle(library_->multi, easy);
    t->finish(code);
    idle_.push_back(t);
    --in_flight_;
    const Done done = std::move(t->done);
    done(std::move(t->response));
  }
}

void TransferPool::cancel_all() {
  if (!library_) return;
  for (const auto& transfer : all_) curl().curl_multi_remove_handle(library_->multi, transfer->easy);
  all_.clear();
  idle_.clear();
  in_flight_ = 0;
}

}  // namespace visionshard::fetching
