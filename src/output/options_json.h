// The options that a run's bytes depend on.
#pragma once

#include <visionshard/options.h>

#include <type_traits>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/option_words.h"

namespace visionshard::output {

/// visit(key, member) for each limit that is one of "limits" in manifest.json. `Options` may be const.
template <class Options, class Visit>
void each_limit(Options& o, Visit visit) {
  visit("max_images_per_example", o.limits.max_images_per_example);
  visit("max_image_bytes", o.limits.max_image_bytes);
  visit("max_image_examples", o.limits.max_image_examples);
  visit("max_shard_bytes", o.limits.max_shard_bytes);
}

/// visit(key, member) for each option that is one of "options" in manifest.json: std::uint64_t where no_limit or
/// nothing stands for null, int, std::string, or an enumeration that words_of() knows. Threads, memory and progress
/// change no byte and are not among them. `Options` may be const.
template <class Options, class Visit>
void each_option(Options& o, Visit visit) {
  visit("max_pixels", o.image.max_pixels);
  visit("max_line_bytes", o.line.max_line_bytes);
  visit("verify", o.image.verify);
  visit("orient", o.image.orient);
  visit("min_quality", o.image.min_quality);
  visit("detail", o.line.detail);
  visit("fit_model", o.image.fit_model);
  visit("shards", o.shards);
  visit("on_bad_image", o.line.on_bad_image);
  visit("on_assistant_image", o.line.on_assistant_image);
  visit("duplicates", o.line.duplicates);
  visit("from", o.line.from);
  visit("layout", o.line.layout);
  visit("images", o.line.images);
  visit("image_root", o.line.image_root);
  visit("prefix", o.output.prefix);
  visit("rejects", o.output.rejects);
  visit("digest", o.output.digest);
}

/// visit(key, member, usual) for each option that is one of "options" only where it is not as usual: what most runs do
/// without leaves their manifests as they are.
template <class Options, class Visit>
void each_rare_option(Options& o, Visit visit) {
  const ConvertOptions usual;
  visit("max_tokens", o.line.max_tokens, usual.line.max_tokens);
  visit("exclude", o.line.exclude, usual.line.exclude);
  visit("on_excluded", o.line.on_excluded, usual.line.on_excluded);
  visit("sample", o.line.sample, usual.line.sample);
  visit("seed", o.line.seed, usual.line.seed);
  visit("validation", o.shaping.validation, usual.shaping.validation);
  visit("split_by", o.shaping.split_by, usual.shaping.split_by);
  visit("keep_split", o.shaping.keep_split, usual.shaping.keep_split);
  visit("shuffle", o.shaping.shuffle, usual.shaping.shuffle);
  visit("near_duplicates", o.shaping.near_duplicates, usual.shaping.near_duplicates);
  visit("urls", o.line.urls, usual.line.urls);
}

/// The profile, the limits and the options that change bytes, as members of the object that `json` is in; with
/// UrlsOption::inlined also the digest of the store.
void write_options_json(JsonWriter& json, const ConvertOptions& options);

/// What else a profile says, as one member.
void write_rules(JsonWriter& json, const Limits& limits);

/// Both read back; inputs, output folder and resources are not among them. Throws JsonReader::NotOurs.
ConvertOptions read_options_json(const JsonReader& reader);

}  // namespace visionshard::output
