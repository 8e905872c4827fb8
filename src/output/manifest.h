// manifest.json and run.json as text.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <cstdint>
#include <string>

namespace visionshard::output {

/// Of version 1 were those whose shards had SHA-256 alone.
inline constexpr std::uint64_t manifest_version = 2;

/// What the run made, and nothing that another machine, thread count or memory budget would change.
std::string manifest_json(const ConvertOptions& options, const RunReport& report);

/// How the run went on this machine: times, rates, threads.
std::string run_json(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard::output
