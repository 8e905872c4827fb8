// What a run was told, as JSON: all that its bytes depend on but the input.
#pragma once

#include <visionshard/options.h>

#include "report/json.h"
#include "report/json_reader.h"

namespace visionshard::report {

/// The profile, the limits and the options that change bytes, as members of the object that `json` is in.
void write_choices(JsonWriter& json, const ConvertOptions& options);

/// What else a profile says, as one member.
void write_rules(JsonWriter& json, const Limits& limits);

/// Both read back; inputs, output folder and resources are not among them. Throws JsonReader::NotOurs.
ConvertOptions read_choices(const JsonReader& reader);

}  // namespace visionshard::report
