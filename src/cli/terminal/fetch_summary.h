// What `fetch` prints on standard output.
#pragma once

#include <visionshard/fetch.h>

#include <string>

namespace visionshard::cli {

/// Before the first request.
std::string fetch_plan_text(const FetchPlan& plan, const FetchOptions& options);

/// At the end.
std::string fetch_text(const FetchOptions& options, const FetchOutcome& outcome);

/// Of `fetch --verify`.
std::string store_check_text(const std::string& store, const StoreCheck& check);
std::string store_check_json(const std::string& store, const StoreCheck& check);

/// Of `status` for a store.
std::string store_status_text(const std::string& store, const StoreStatus& status);
std::string store_status_json(const std::string& store, const StoreStatus& status);

}  // namespace visionshard::cli
