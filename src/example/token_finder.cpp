#include "example/token_finder.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/bytes.h"

namespace visionshard::example {
namespace {

// Chunks of lines, so that a chunk's tokens stay in the first-level cache. Line by line, a line of 283 bytes takes the
// first stage 53 ns, in chunks 23.
constexpr std::size_t chunk_bytes = 32 << 10;

static_assert(line_padding >= simdjson::SIMDJSON_PADDING);

bool starts_within(std::string_view part, std::string_view whole) noexcept {
  return !std::less<>()(part.data(), whole.data()) && std::less<>()(part.data(), whole.data() + whole.size());
}

}  // namespace

struct TokenFinder::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  std::string_view text;   // the lines that are expected
  std::string_view chunk;  // the part of `text` whose tokens were found last
  // The first token of the chunk that may belong to a later line; nullptr where some line of the chunk is broken, or
  // its tokens were overwritten.
  const std::uint32_t* next_token = nullptr;
  bool any_escape = false;
  Bytes around;  // a line without its base64

  simdjson::error_code index(std::string_view bytes);
  bool index_chunk_at(std::string_view line);
  Tokens find_around(std::string_view line, std::span<const Range> base64);
};

// The first stage over `bytes`. Throws std::bad_alloc.
simdjson::error_code TokenFinder::State::index(std::string_view bytes) {
  constexpr std::size_t depth = 1;  // only the second stage, which is not used, follows containers
  simdjson::error_code error = simdjson::SUCCESS;
  const std::size_t capacity = std::max(bytes.size(), chunk_bytes);
  if (!stages)
    error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, depth, stages);
  else if (capacity > stages->capacity())
    error = stages->set_capacity(capacity);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) return error;
  return stages->stage1(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                        simdjson::stage1_mode::regular);
}

// Whether the tokens of `line` are among its chunk's. In a chunk without a fault no string and no character of a line
// reaches into the next line: a newline inside either would be a fault. Bytes before a line on the same line, such as a
// byte order mark, can hide its first quote.
bool TokenFinder::State::index_chunk_at(std::string_view line) {
  if (!starts_within(line, text)) return false;
  if (!starts_within(line, chunk)) {
    const std::string_view rest(line.data(), static_cast<std::size_t>(text.data() + text.size() - line.data()));
    // memrchr, since std::string_view::rfind compares byte by byte.
    const void* const newline = ::memrchr(rest.data(), '\n', std::min(rest.size(), chunk_bytes));
    const std::size_t bytes =
        newline == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(newline) - rest.data());
    chunk = rest.substr(0, bytes);
    // A chunk of one line saves nothing.
    next_token = chunk.size() > line.size() + 1 && !index(chunk) ? stages->structural_indexes.get() : nullptr;
    any_escape = next_token != nullptr && std::memchr(chunk.data(), '\\', chunk.size()) != nullptr;
  }
  return next_token != nullptr && (line.data() == chunk.data() || line.data()[-1] == '\n');
}

Tokens TokenFinder::State::find_around(std::string_view line, std::span<const Range> base64) {
  around.clear();
  std::uint32_t at = 0;
  for (const Range& range : base64) {
    around.append(as_bytes(line.substr(at, range.begin - at)));
    at = range.end;
  }
  around.append(as_bytes(line.substr(at)));
  around.reserve(around.size() + line_padding);
  if (index(as_text(around))) return {nullptr, 0, false};
  std::uint32_t* const tokens = stages->structural_indexes.get();
  const Range* next = base64.data();
  const Range* const end = next + base64.size();
  std::uint32_t left_out = 0;
  // After the last token the first stage has written the length, twice.
  for (std::uint32_t* token = tokens; token < tokens + stages->n_structural_indexes + 2; ++token) {
    for (; next < end && *token + left_out >= next->begin; ++next) left_out += next->size();
    *token += left_out;
  }
  return {tokens, 0, std::memchr(around.data(), '\\', around.size()) != nullptr, base64};
}

TokenFinder::TokenFinder() : state_(std::make_unique<State>()) {}
TokenFinder::~TokenFinder() = default;
TokenFinder::TokenFinder(TokenFinder&&) noexcept = default;
TokenFinder& TokenFinder::operator=(TokenFinder&&) noexcept = default;

void TokenFinder::expect_lines_of(std::string_view text) noexcept {
  state_->text = text;
  state_->chunk = {};
}

Tokens TokenFinder::find(std::string_view line, std::span<const Range> base64) {
  State& state = *state_;
  if (!base64.empty()) {
    state.next_token = nullptr;  // the line's tokens overwrite the chunk's
    return state.find_around(line, base64);
  }
  const auto has_escape = [&] { return std::memchr(line.data(), '\\', line.size()) != nullptr; };
  if (state.index_chunk_at(line)) {
    const auto origin = static_cast<std::uint32_t>(line.data() - state.chunk.data());
    while (*state.next_token < origin) ++state.next_token;
    return {state.next_token, origin, state.any_escape && has_escape()};
  }
  state.next_token = nullptr;  // the line's tokens overwrite the chunk's
  if (state.index(line)) return {nullptr, 0, false};
  return {state.stages->structural_indexes.get(), 0, has_escape()};
}

void TokenFinder::skip_to(const std::uint32_t* next) noexcept {
  if (state_->next_token != nullptr) state_->next_token = next;
}

bool is_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace visionshard::example
