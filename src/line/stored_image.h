// Images by URL, from a store.
#pragma once

#include "line/payload.h"

namespace visionshard::line {

/// Opens the store of the options: nullptr where they name none. Faults: there is none, it is not sealed or damaged, or
/// it is not the one whose digest the options name.
RunResult<std::shared_ptr<const store::StoreReader>> open_store(const LineOptions& options);

/// The same for a run, in which images by URL are either kept or inlined from a store. Fault: refused where the options
/// say neither.
RunResult<std::shared_ptr<const store::StoreReader>> open_store_to_inline(const LineOptions& options);

/// The size of blocks of lines to convert. The images that a block's URLs become are in memory until it is written, and
/// so a block has few lines where the store's images are large.
std::size_t block_bytes_for(const LineContext& context, std::uint64_t memory_bytes);

/// load() of image::web_url(). Faults: url_missing, or why it could not be fetched;
/// cannot_fit; the body in the store is damaged.
LoadResult<std::optional<Payload>> load_stored(const std::string& url, const LineContext& context, Bytes& buffer,
                                               ParseStage* stage);

}  // namespace visionshard::line
