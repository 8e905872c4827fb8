#include "fetch/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace visionshard::fetching {
namespace {

constexpr std::uint64_t own_event = UINT64_MAX;

}  // namespace

RunResult<void> EventLoop::open() {
  epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return system_fault("epoll", "open", errno);
  event_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event_) return system_fault("eventfd", "open", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = own_event;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) != 0)
    return system_fault("eventfd", "watch", errno);
  return {};
}

std::uint8_t EventLoop::add_owner(SocketOwner& owner) {
  owners_[owner_count_] = &owner;
  return owner_count_++;
}

void EventLoop::watch(std::uint8_t owner, int fd, bool read, bool write) {
  epoll_event event{};
  event.events = (read ? static_cast<std::uint32_t>(EPOLLIN) : 0) | (write ? static_cast<std::uint32_t>(EPOLLOUT) : 0);
  event.data.u64 = std::uint64_t{owner} << 32 | static_cast<std::uint32_t>(fd);
  if (event.events == 0) {
    // A descriptor that was closed meanwhile is no longer watched anyway.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
  } else if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
}

void EventLoop::wait_until(Clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  const auto wait_ms = std::clamp(left, milliseconds(0), milliseconds(60'000)).count();
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(wait_ms));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == own_event) {
      std::uint64_t number = 0;
      while (::read(event_.get(), &number, sizeof number) > 0) {
      }
      continue;
    }
    owners_[event.data.u64 >> 32]->on_socket(static_cast<int>(event.data.u64 & UINT32_MAX),
                                             (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                                             (event.events & (EPOLLERR | EPOLLHUP)) != 0);
  }
}

void EventLoop::wake() noexcept {
  const std::uint64_t one = 1;
  // It fails only where the loop is already to wake.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace visionshard::fetching
