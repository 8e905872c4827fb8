// Lists the images of a corpus in which faces are seen. Advisory: it decides nothing about an example or a person.
#pragma once

#include <visionshard/options.h>
#include <visionshard/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "screen/screen_image.h"

namespace visionshard::screen {

/// Of `line` only max_line_bytes, image_root, store and from have an effect; of `image` only max_pixels.
struct ScreenOptions {
  std::vector<std::string> inputs;  // files, directories, or "-"
  LineOptions line;
  ImageOptions image;
  DetectionOptions detection;
  std::vector<std::string> outputs;  // files that the caller is going to replace: refused where one is an input
  unsigned threads = 0;              // as for convert()
  std::uint64_t memory_bytes = 0;    // likewise
};

struct ScreenCounts {
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t unreadable_lines = 0;  // from which no images can be taken
  std::uint64_t images = 0;            // image values, as are the next two
  std::uint64_t looked_at = 0;         // those whose pictures were looked at
  std::uint64_t urls = 0;              // those by URL, without a store: not looked at
  std::uint64_t lines_with_faces = 0;
  std::uint64_t images_with_faces = 0;  // different images, as the next
  std::uint64_t faces = 0;
  std::map<std::string_view, std::uint64_t> unreadable;  // image values that cannot be looked at, by reason code
};

/// A line that holds an image.
struct Place {
  std::uint32_t file = 0;  // into ScreenReport::sources
  std::uint64_t line = 0;  // from 1
};

/// The places of an image that are kept.
inline constexpr std::size_t max_places = 5;
/// The pictures that are kept for the page.
inline constexpr std::size_t max_thumbnails = 500;

struct ImageWithFaces {
  ScreenedImage image;        // with a thumbnail only if it is among the first max_thumbnails
  std::vector<Place> places;  // the first
  std::uint64_t lines = 0;    // that hold it
};

struct ScreenReport {
  ScreenCounts counts;
  std::uint64_t detections = 0;        // equal images count once, unless memory was short
  std::vector<ImageWithFaces> images;  // in the order of their first places
  std::vector<std::string> sources;
  double seconds = 0;
  unsigned threads = 0;
};

struct ScreenOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence: what failed and what to do; empty if done
  ScreenReport report;
};

struct ScreenProgress {
  ProgressReport input;  // its counts are not set
  ScreenCounts counts;
};

/// Called several times a second, by one thread at a time. Must return quickly and must not throw.
using OnScreenProgress = std::function<void(const ScreenProgress& so_far)>;

/// Looks for faces in every image of the inputs. The report's images are the same for any number of threads. Faults: an
/// input cannot be read, the store is not sealed, or the images with faces take more than a quarter of the memory.
/// Never prints, exits, throws or writes a file.
ScreenOutcome screen(const ScreenOptions& options, const std::atomic<bool>& stop,
                     const OnScreenProgress& progress = {});

}  // namespace visionshard::screen
