// The images that lines name by their paths: each once, by its digest.
#pragma once

#include <visionshard/report.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/keep_running.h"

namespace visionshard::output {

inline constexpr char images_name[] = "images";

/// "images/ab/abcd....jpg": the SHA-256 of the file, and the ending for its media type.
std::string image_path(ByteView file, std::string_view media_type);

/// Whether `path`, relative to a run's folder, is what image_path() could return.
bool is_image_path(std::string_view path);

/// Writes images into a run's folder. Several processes may write the same ones.
class ImageFolder {
 public:
  /// Of the run in `directory`; incomplete files lie in `temporary_directory`, which is on the same filesystem.
  ImageFolder(std::string directory, std::string temporary_directory, Durability durability)
      : directory_(std::move(directory)), temporary_(std::move(temporary_directory)), durability_(durability) {}

  /// Writes the image that is `base64` under `path`, unless a file of its size is there. One thread at a time.
  RunResult<void> add(const std::string& path, std::string_view base64);

  /// With Durability::synced: returns when all images added before are on the disk. Thread-safe.
  RunResult<void> sync();

 private:
  std::string directory_;
  std::string temporary_;
  Durability durability_;
  std::atomic<bool> is_dirty_{false};
};

/// The images in a run's folder.
RunResult<ImageFiles> count_images(const std::string& directory);

/// Calls on_fault(path, sentence) for each image whose bytes are not those of its name. Fault: interrupted, or the
/// system fails.
RunResult<ImageFiles> verify_images(const std::string& directory, const KeepRunning& keep_running,
                                    const std::function<void(const std::string&, const std::string&)>& on_fault);

/// Removes the images in a folder; other files stay.
RunResult<void> remove_images(const std::string& directory);

}  // namespace visionshard::output
