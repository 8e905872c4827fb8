// The directory of a store: made, recognized, locked.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "store/paths.h"

namespace visionshard::store {

/// Letters, digits, ".", "_" and "-", not a dot first, at most 64.
bool is_task_name(std::string_view name) noexcept;

/// Makes the store where it is not there. Fault: refused where the directory holds other things, or a store of another
/// version.
RunResult<void> make_store(const StorePaths& paths, Durability durability);

/// Fault: refused where the directory holds no store, or one of another version.
RunResult<void> check_store(const StorePaths& paths);

/// Opens a file, which is made where it is not there, and takes the lock LOCK_SH or LOCK_EX of flock(2) on it, for as
/// long as it is open. Fault: refused, with the message `held`, where another process holds it. A filesystem that knows
/// no locks is no fault.
RunResult<FileDescriptor> lock_file(const std::string& path, int lock, const std::string& held);

}  // namespace visionshard::store
