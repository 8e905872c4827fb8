#include "python/settings.h"

#include <visionshard/profile.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <variant>

namespace visionshard::python {
namespace {

namespace py = pybind11;

// A keyword and its value, read as one type or another.
struct Argument {
  std::string name;
  py::handle value;

  [[noreturn]] void refuse(const std::string& allowed) const {
    throw py::value_error(name + " must be " + allowed + ", not " + py::repr(value).cast<std::string>());
  }
  [[noreturn]] void refuse_type(const std::string& wanted) const {
    throw py::type_error(name + " must be " + wanted + ", not " + Py_TYPE(value.ptr())->tp_name);
  }

  std::uint64_t number(std::uint64_t min, std::uint64_t max = no_limit) const {
    const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    if (!index || PyBool_Check(value.ptr())) {
      PyErr_Clear();
      refuse_type("an int");
    }
    const std::uint64_t number = PyLong_AsUnsignedLongLong(index.ptr());
    const bool overflow = PyErr_Occurred() != nullptr;
    PyErr_Clear();
    if (!overflow && number >= min && number <= max) return number;
    const bool is_small = overflow ? index < py::int_(0) : number < min;
    refuse(is_small && max == no_limit ? "at least " + std::to_string(min)
                                       : "from " + std::to_string(min) + " to " + std::to_string(max));
  }

  bool flag() const {
    if (!PyBool_Check(value.ptr())) refuse_type("a bool");
    return value.ptr() == Py_True;
  }

  std::string text() const {
    if (!PyUnicode_Check(value.ptr())) refuse_type("a str");
    Py_ssize_t bytes = 0;
    const char* const utf8 = PyUnicode_AsUTF8AndSize(value.ptr(), &bytes);
    if (utf8 == nullptr) {
      PyErr_Clear();
      refuse("a str that can be written as UTF-8");
    }
    return {utf8, static_cast<std::size_t>(bytes)};
  }

  std::string path() const {
    const py::object path = py::reinterpret_steal<py::object>(PyOS_FSPath(value.ptr()));
    if (!path) throw py::error_already_set();
    const py::object encoded =
        PyBytes_Check(path.ptr()) ? path : py::reinterpret_steal<py::object>(PyUnicode_EncodeFSDefault(path.ptr()));
    if (!encoded) throw py::error_already_set();
    std::string bytes = encoded.cast<std::string>();
    if (bytes.empty() || bytes.find('\0') != std::string::npos)
      refuse("a path, which is not empty and has no null byte");
    return bytes;
  }

  // One path or several.
  std::vector<std::string> paths() const {
    if (PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr()) || py::hasattr(value, "__fspath__")) return {path()};
    std::vector<std::string> all;
    for (const py::handle each : py::reinterpret_borrow<py::iterable>(value))
      all.push_back(Argument{name, each}.path());
    return all;
  }

  // In percent.
  Share share() const {
    if ((!PyFloat_Check(value.ptr()) && !PyLong_Check(value.ptr())) || PyBool_Check(value.ptr()))
      refuse_type("a number");
    const double percent = PyFloat_AsDouble(value.ptr());
    PyErr_Clear();  // too large
    if (!(percent >= 0 && percent <= 100)) refuse("from 0 to 100 percent");
    return {static_cast<std::uint64_t>(std::llround(percent * 1e6))};
  }

  template <class T>
  T one_of(std::initializer_list<std::pair<std::string_view, T>> choices) const {
    const std::string chosen = text();
    std::string allowed;
    for (const auto& [word, choice] : choices) {
      if (word == chosen) return choice;
      allowed += (allowed.empty() ? "'" : " or '") + std::string(word) + "'";
    }
    refuse(allowed);
  }
};

using LimitMember = std::variant<std::uint64_t Limits::*, bool Limits::*>;

// The keys of a profile file.
constexpr std::pair<std::string_view, LimitMember> limit_keywords[] = {
    {"max_images_per_example", &Limits::max_images_per_example},
    {"max_image_bytes", &Limits::max_image_bytes},
    {"max_image_examples", &Limits::max_image_examples},
    {"max_shard_bytes", &Limits::max_shard_bytes},
    {"min_examples", &Limits::min_examples},
    {"max_url_chars", &Limits::max_url_chars},
    {"max_image_tokens", &Limits::max_image_tokens},
    {"webp", &Limits::webp},
    {"urls", &Limits::urls},
    {"exact_media_type", &Limits::exact_media_type},
    {"images_user_only", &Limits::images_user_only},
    {"example_rules", &Limits::example_rules},
    {"function_role", &Limits::function_role},
    {"developer_to_system", &Limits::developer_to_system},
    {"system_first_only", &Limits::system_first_only},
    {"user_required", &Limits::user_required},
    {"refusal_parts", &Limits::refusal_parts},
    {"weight_on_any_role", &Limits::weight_on_any_role},
    {"integer_weight", &Limits::integer_weight},
    {"image_weight_zero", &Limits::image_weight_zero},
    {"tool_rules", &Limits::tool_rules},
    {"alternate_roles", &Limits::alternate_roles},
    {"uniform_contents", &Limits::uniform_contents},
    {"known_keys_only", &Limits::known_keys_only},
    {"preference_images", &Limits::preference_images},
    {"one_output_message", &Limits::one_output_message},
    {"string_outputs", &Limits::string_outputs},
    {"prompt_not_by_assistant", &Limits::prompt_not_by_assistant},
    {"reinforcement", &Limits::reinforcement},
    {"strict_file", &Limits::strict_file},
};

void set_limit(Limits& limits, const LimitMember& member, const Argument& argument) {
  if (const auto* const flag = std::get_if<bool Limits::*>(&member)) {
    limits.** flag = argument.flag();
    return;
  }
  const auto number = std::get<std::uint64_t Limits::*>(member);
  const bool is_of_shards = number == &Limits::max_shard_bytes || number == &Limits::max_image_examples;
  limits.*number = argument.value.is_none() ? no_limit : argument.number(is_of_shards ? 1 : 0);
}

constexpr unsigned of(Function function) { return static_cast<unsigned>(function); }
constexpr unsigned fit = of(Function::fit_image);
constexpr unsigned checks = of(Function::check_line) | of(Function::check);
constexpr unsigned run = of(Function::convert);
constexpr unsigned runs = run | of(Function::check);

OnBad on_bad(const Argument& a) { return a.one_of<OnBad>({{"reject", OnBad::reject}, {"drop", OnBad::drop}}); }

std::string file_prefix(const Argument& a) {
  std::string prefix = a.text();
  if (prefix.empty() || prefix.find('/') != std::string::npos) a.refuse("the beginning of a file name");
  return prefix;
}

struct Keyword {
  std::string_view name;
  unsigned functions;
  void (*set)(Settings& settings, const Argument& argument);
};

constexpr Keyword keywords_table[] = {
    {"max_pixels", fit | checks | run,
     [](Settings& s, const Argument& a) { s.convert.image.max_pixels = a.number(0); }},
    {"orient", fit | checks | run,
     [](Settings& s, const Argument& a) {
       s.convert.image.orient = a.one_of<Orient>({{"bake", Orient::bake}, {"keep", Orient::keep}});
     }},
    {"verify", fit | run,
     [](Settings& s, const Argument& a) {
       s.convert.image.verify = a.one_of<Verify>({{"structure", Verify::structure}, {"pixels", Verify::pixels}});
     }},
    {"min_quality", fit | run,
     [](Settings& s, const Argument& a) { s.convert.image.min_quality = static_cast<int>(a.number(1, 95)); }},
    {"fit_model", fit | run,
     [](Settings& s, const Argument& a) {
       s.convert.image.fit_model = a.one_of<FitModel>({{"off", FitModel::off}, {"tiles", FitModel::tiles}});
     }},
    {"detail", fit,
     [](Settings& s, const Argument& a) {
       s.detail = a.one_of<ImageDetail>(
           {{"auto", ImageDetail::automatic}, {"low", ImageDetail::low}, {"high", ImageDetail::high}});
     }},
    {"detail", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.detail = a.one_of<DetailOption>({{"keep", DetailOption::keep},
                                                       {"low", DetailOption::low},
                                                       {"high", DetailOption::high},
                                                       {"auto", DetailOption::automatic}});
     }},
    {"measure", run, [](Settings& s, const Argument& a) { s.convert.image.measure = a.flag(); }},
    {"on_bad_image", run, [](Settings& s, const Argument& a) { s.convert.line.on_bad_image = on_bad(a); }},
    {"on_assistant_image", run, [](Settings& s, const Argument& a) { s.convert.line.on_assistant_image = on_bad(a); }},
    {"urls", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.urls = a.one_of<UrlsOption>({{"keep", UrlsOption::keep}, {"inline", UrlsOption::inlined}});
     }},
    {"store", runs, [](Settings& s, const Argument& a) { s.convert.line.store = a.path(); }},
    {"from_", runs,
     [](Settings& s, const Argument& a) {
       s.convert.line.from = a.one_of<InputLayout>({{"auto", InputLayout::automatic},
                                                    {"chat", InputLayout::chat},
                                                    {"responses", InputLayout::responses},
                                                    {"blocks", InputLayout::blocks},
                                                    {"contents", InputLayout::contents},
                                                    {"conversations", InputLayout::conversations},
                                                    {"marked", InputLayout::marked},
                                                    {"parts", InputLayout::parts}});
     }},
    {"layout", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.layout = a.one_of<OutputLayout>({{"chat", OutputLayout::chat},
                                                       {"llamafactory", OutputLayout::llamafactory},
                                                       {"swift", OutputLayout::swift},
                                                       {"trl", OutputLayout::trl}});
     }},
    {"images", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.images = a.one_of<ImagePlace>({{"inline", ImagePlace::inlined}, {"files", ImagePlace::files}});
     }},
    {"image_root", runs, [](Settings& s, const Argument& a) { s.convert.line.image_root = a.path(); }},
    {"model", checks,
     [](Settings& s, const Argument& a) {
       s.model = a.one_of<ModelFamily>({{"gpt-4o", ModelFamily::tiles},
                                        {"gpt-4.1", ModelFamily::tiles},
                                        {"gpt-4.1-mini", ModelFamily::patches_mini},
                                        {"gpt-4.1-nano", ModelFamily::patches_nano}});
     }},
    {"shards", run, [](Settings& s, const Argument& a) { s.convert.shards = a.number(1); }},
    {"duplicates", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.duplicates = a.one_of<Duplicates>({{"keep", Duplicates::keep}, {"drop", Duplicates::drop}});
     }},
    {"max_tokens", runs, [](Settings& s, const Argument& a) { s.convert.line.max_tokens = a.number(0); }},
    {"exclude", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.exclude.clear();
       for (std::string& path : a.paths()) s.convert.line.exclude.push_back({std::move(path), {}});
     }},
    {"on_excluded", run,
     [](Settings& s, const Argument& a) {
       s.convert.line.on_excluded =
           a.one_of<OnExcluded>({{"exclude", OnExcluded::exclude}, {"drop", OnExcluded::drop}});
     }},
    {"sample", run, [](Settings& s, const Argument& a) { s.convert.line.sample = a.share(); }},
    {"validation", run,
     [](Settings& s, const Argument& a) {
       if (PyFloat_Check(a.value.ptr()))
         s.convert.shaping.validation.share = a.share();
       else
         s.convert.shaping.validation.examples = a.number(1);
       if (!s.convert.shaping.validation.any()) a.refuse("a number of examples, or over 0.0 percent");
     }},
    {"split_by", run,
     [](Settings& s, const Argument& a) {
       const std::string by = a.text();
       if (by != "images" && by != "example" && !by.starts_with('/')) a.refuse("'images', 'example' or a JSON pointer");
       s.convert.shaping.split_by = by;
     }},
    {"keep_split", run, [](Settings& s, const Argument& a) { s.convert.shaping.keep_split.path = a.path(); }},
    {"shuffle", run, [](Settings& s, const Argument& a) { s.convert.shaping.shuffle = a.flag(); }},
    {"near_duplicates", run,
     [](Settings& s, const Argument& a) {
       s.convert.shaping.near_duplicates = a.one_of<NearDuplicates>({{"off", NearDuplicates::off},
                                                                     {"report", NearDuplicates::report},
                                                                     {"group", NearDuplicates::group},
                                                                     {"drop", NearDuplicates::drop}});
     }},
    {"seed", run, [](Settings& s, const Argument& a) { s.convert.line.seed = a.number(0); }},
    {"prefix", run, [](Settings& s, const Argument& a) { s.convert.output.prefix = file_prefix(a); }},
    {"rejects", run,
     [](Settings& s, const Argument& a) {
       s.convert.output.rejects = a.one_of<Rejects>({{"full", Rejects::full}, {"reference", Rejects::reference}});
     }},
    {"digest", run,
     [](Settings& s, const Argument& a) {
       s.convert.output.digest =
           a.one_of<DigestOption>({{"xxh128", DigestOption::xxh128}, {"sha256", DigestOption::sha256}});
     }},
    {"force", run, [](Settings& s, const Argument& a) { s.convert.output.force = a.flag(); }},
    {"resume", run, [](Settings& s, const Argument& a) { s.convert.output.resume = a.flag(); }},
    {"no_sync", run, [](Settings& s, const Argument& a) { s.convert.output.sync = !a.flag(); }},
    {"stall_timeout", run,
     [](Settings& s, const Argument& a) {
       s.convert.stall_timeout_seconds = static_cast<unsigned>(a.number(0, UINT32_MAX));
     }},
    {"max_line_bytes", runs,
     [](Settings& s, const Argument& a) { s.convert.line.max_line_bytes = a.number(1, 4'000'000'000); }},
    {"threads", runs,
     [](Settings& s, const Argument& a) { s.convert.threads = static_cast<unsigned>(a.number(1, 1024)); }},
    {"memory", runs, [](Settings& s, const Argument& a) { s.convert.memory_bytes = a.number(1); }},
};

std::string_view name(Function function) {
  switch (function) {
    case Function::fit_image: return "fit_image";
    case Function::check_line: return "check_line";
    case Function::check: return "check";
    case Function::convert: break;
  }
  return "convert";
}

void set(Settings& settings, Function function, const Argument& argument) {
  // Of convert() it is also an option: what becomes of URLs that the provider takes.
  const bool is_option =
      function == Function::convert && argument.name == "urls" && PyUnicode_Check(argument.value.ptr());
  for (const auto& [keyword, member] : limit_keywords)
    if (keyword == argument.name && !is_option) return set_limit(settings.convert.limits, member, argument);
  for (const Keyword& keyword : keywords_table)
    if (keyword.name == argument.name && (keyword.functions & of(function)) != 0)
      return keyword.set(settings, argument);
  throw py::type_error(std::string(name(function)) + "() got an unexpected keyword argument '" + argument.name + "'");
}

}  // namespace

Settings read_settings(Function function, const std::string& profile, const py::kwargs& keywords) {
  Settings settings;
  const Profile* const found = find_profile(profile);
  if (found == nullptr) {
    std::string message = "there is no profile '" + profile + "'; take";
    const char* before = " ";
    for (const Profile& known : profiles()) message += std::exchange(before, ", ") + std::string(known.name);
    throw py::value_error(message);
  }
  settings.convert.profile = profile;
  settings.convert.limits = found->limits;
  for (const auto& [keyword, value] : keywords) set(settings, function, {keyword.cast<std::string>(), value});
  if (settings.convert.output.force && settings.convert.output.resume)
    throw py::value_error("force and resume exclude each other");
  return settings;
}

CheckOptions check_options(Settings settings, std::vector<std::string> inputs) {
  ConvertOptions& c = settings.convert;
  return {std::move(inputs), std::move(c.profile), c.limits,  std::move(c.line),
          c.image,           settings.model,       c.threads, c.memory_bytes};
}

}  // namespace visionshard::python
