// What a run was told, as JSON: all that its bytes depend on but the input.
#pragma once

#include <visionshard/options.h>

#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::output {

/// The profile, the limits and the options that change bytes, as members of the object that `json` is in.
void write_options_json(JsonWriter& json, const ConvertOptions& options);

/// What else a profile says, as one member.
void write_rules(JsonWriter& json, const Limits& limits);

/// Both read back; inputs, output folder and resources are not among them. Throws JsonReader::NotOurs.
ConvertOptions read_options_json(const JsonReader& reader);

}  // namespace visionshard::output
