// The words for the values of options, as they are typed and as manifest.json has them.
#pragma once

#include <visionshard/options.h>

#include <array>
#include <string_view>

namespace visionshard {

template <class Value>
struct OptionWord {
  std::string_view word;
  Value value;
};
// Clang 14 does not deduce an aggregate's arguments by itself.
template <class Value>
OptionWord(std::string_view, Value) -> OptionWord<Value>;

/// The words for all values of the type of the argument, which itself does not matter.
constexpr auto words_of(OnBad) {
  return std::array{OptionWord{"reject", OnBad::reject}, OptionWord{"drop", OnBad::drop}};
}
constexpr auto words_of(Duplicates) {
  return std::array{OptionWord{"keep", Duplicates::keep}, OptionWord{"drop", Duplicates::drop}};
}
constexpr auto words_of(NearDuplicates) {
  return std::array{OptionWord{"off", NearDuplicates::off}, OptionWord{"report", NearDuplicates::report},
                    OptionWord{"group", NearDuplicates::group}, OptionWord{"drop", NearDuplicates::drop}};
}
constexpr auto words_of(OnExcluded) {
  return std::array{OptionWord{"exclude", OnExcluded::exclude}, OptionWord{"drop", OnExcluded::drop}};
}
constexpr auto words_of(UrlsOption) {
  return std::array{OptionWord{"keep", UrlsOption::keep}, OptionWord{"inline", UrlsOption::inlined}};
}
constexpr auto words_of(Verify) {
  return std::array{OptionWord{"structure", Verify::structure}, OptionWord{"pixels", Verify::pixels}};
}
constexpr auto words_of(Orient) {
  return std::array{OptionWord{"bake", Orient::bake}, OptionWord{"keep", Orient::keep}};
}
constexpr auto words_of(Rejects) {
  return std::array{OptionWord{"full", Rejects::full}, OptionWord{"reference", Rejects::reference}};
}
constexpr auto words_of(DigestOption) {
  return std::array{OptionWord{"xxh128", DigestOption::xxh128}, OptionWord{"sha256", DigestOption::sha256}};
}
constexpr auto words_of(InputLayout) {
  return std::array{
      OptionWord{"auto", InputLayout::automatic},      OptionWord{"chat", InputLayout::chat},
      OptionWord{"responses", InputLayout::responses}, OptionWord{"blocks", InputLayout::blocks},
      OptionWord{"contents", InputLayout::contents},   OptionWord{"conversations", InputLayout::conversations},
      OptionWord{"marked", InputLayout::marked},       OptionWord{"parts", InputLayout::parts}};
}
constexpr auto words_of(OutputLayout) {
  return std::array{OptionWord{"chat", OutputLayout::chat}, OptionWord{"llamafactory", OutputLayout::llamafactory},
                    OptionWord{"swift", OutputLayout::swift}, OptionWord{"trl", OutputLayout::trl}};
}
constexpr auto words_of(ImagePlace) {
  return std::array{OptionWord{"inline", ImagePlace::inlined}, OptionWord{"files", ImagePlace::files}};
}
constexpr auto words_of(FitModel) {
  return std::array{OptionWord{"off", FitModel::off}, OptionWord{"tiles", FitModel::tiles}};
}
constexpr auto words_of(DetailOption) {
  return std::array{OptionWord{"keep", DetailOption::keep}, OptionWord{"low", DetailOption::low},
                    OptionWord{"high", DetailOption::high}, OptionWord{"auto", DetailOption::automatic}};
}

/// The first word for `value`; empty where there is none.
template <class Words, class Value>
constexpr std::string_view word_for(const Words& words, Value value) {
  for (const auto& each : words)
    if (each.value == value) return each.word;
  return {};
}

}  // namespace visionshard
