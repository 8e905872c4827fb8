#include "fetch/resolver.h"

#include <ares.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <utility>

namespace visionshard::fetching {
namespace {

// What a name says may change within a run, but not for every request; some names say 0.
constexpr int min_valid_seconds = 30, max_valid_seconds = 900;

Resolution numeric_address(const std::string& host) {
  addrinfo hints{};
  addrinfo* found = nullptr;
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  Resolution out;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  if (const auto address = address_of(found->ai_addr)) {
    out.status = Resolution::Status::found;
    out.addresses.push_back(*address);
    out.valid_for = std::chrono::hours(24);
  }
  ::freeaddrinfo(found);
  return out;
}

Resolution read_answer(int status, const ares_addrinfo* found) {
  Resolution out;
  if (status != ARES_SUCCESS) {
    const bool no_such_name = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
    out.status = no_such_name ? Resolution::Status::no_such_name : Resolution::Status::failed;
    out.detail = no_such_name ? "the name has no address" : fmt::format("the name: {}", ::ares_strerror(status));
    return out;
  }
  std::vector<Address> v6;
  int valid = max_valid_seconds;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    const auto address = address_of(node->ai_addr);
    if (!address) continue;
    auto& list = node->ai_family == AF_INET ? out.addresses : v6;
    if (std::find(list.begin(), list.end(), *address) == list.end()) list.push_back(*address);
    valid = std::min(valid, node->ai_ttl);
  }
  out.addresses.insert(out.addresses.end(), v6.begin(), v6.end());
  out.valid_for = std::chrono::seconds(std::max(valid, min_valid_seconds));
  out.status = out.addresses.empty() ? Resolution::Status::no_such_name : Resolution::Status::found;
  if (out.addresses.empty()) out.detail = "the name has no address";
  return out;
}

// A name that is asked for: both kinds of addresses at once; where there are none, each kind alone. Of two answers
// c-ares 1.18 reports the last, "no data" also where the other server failed.
struct Query {
  static constexpr std::array families = {AF_UNSPEC, AF_INET, AF_INET6};

  ares_channel channel;
  std::string host;
  Resolver::Answer answer;
  std::size_t asked = 0;  // families
};

extern "C" void on_answer(void* argument, int status, int timeouts, ares_addrinfo* found);

void ask_next(std::unique_ptr<Query> query) {
  ares_addrinfo_hints hints{};
  hints.ai_family = Query::families[query->asked++];
  hints.ai_socktype = SOCK_STREAM;
  // Sorting would open a socket to each address.
  hints.ai_flags = ARES_AI_NOSORT;
  Query& asked = *query.release();
  ::ares_getaddrinfo(asked.channel, asked.host.c_str(), nullptr, &hints, on_answer, &asked);
}

extern "C" void on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
  std::unique_ptr<Query> query(static_cast<Query*>(argument));
  Resolution resolution = read_answer(status, found);
  if (found != nullptr) ::ares_freeaddrinfo(found);
  if (status == ARES_EDESTRUCTION) return;
  if (status == ARES_ENODATA && query->asked < Query::families.size()) return ask_next(std::move(query));
  query->answer(std::move(resolution));
}

}  // namespace

struct Resolver::Library {
  ares_channel channel = nullptr;
  bool initialized = ::ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (channel != nullptr) ::ares_destroy(channel);
    if (initialized) ::ares_library_cleanup();
  }
};

Resolver::Resolver(EventLoop& loop) : loop_(loop), owner_(loop.add_owner(*this)) {}

Resolver::~Resolver() = default;

RunResult<void> Resolver::open(const std::string& servers) {
  library_ = std::make_unique<Library>();
  ares_options options{};
  options.timeout = 3'000;
  options.tries = 3;
  // A URL means the same on every machine: not a name below a domain that this one searches.
  options.domains = nullptr;
  options.ndomains = 0;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int read, int write) {
    auto& resolver = *static_cast<Resolver*>(self);
    resolver.loop_.watch(resolver.owner_, fd, read != 0, write != 0);
  };
  options.sock_state_cb_data = this;
  const int status = ::ares_init_options(
      &library_->channel, &options, ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return run_fault(fmt::format("c-ares does not start: {}", ::ares_strerror(status)));
  if (servers.empty()) return {};
  if (::ares_set_servers_ports_csv(library_->channel, servers.c_str()) != ARES_SUCCESS)
    return refusal(fmt::format("'{}' is no list of name servers, such as 127.0.0.1:53", servers));
  return {};
}

void Resolver::resolve(const std::string& host, Answer answer) {
  if (Resolution number = numeric_address(host); number.status == Resolution::Status::found)
    return answer(std::move(number));
  ask_next(std::unique_ptr<Query>(new Query{library_->channel, host, std::move(answer)}));
}

Clock::time_point Resolver::next_timeout() const {
  timeval most{60, 0}, wait{};
  ::ares_timeout(library_->channel, &most, &wait);
  return Clock::now() + std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec);
}

void Resolver::process_timeouts() { ::ares_process_fd(library_->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void Resolver::on_socket(int fd, bool can_read, bool can_write, bool has_error) {
  ::ares_process_fd(library_->channel, can_read || has_error ? fd : ARES_SOCKET_BAD, can_write ? fd : ARES_SOCKET_BAD);
}

}  // namespace visionshard::fetching
