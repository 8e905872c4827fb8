// A line's own object: its messages with their tool calls, and the keys beside them.
#pragma once

#include "example/content_walker.h"

namespace visionshard::example {

class ExampleWalker final : public ContentWalker {
 public:
  /// Fills `spans`, which must be clear.
  ExampleWalker(std::string_view line, const Tokens& tokens, ExampleSpans& spans)
      : ContentWalker(line, tokens, spans) {}

  /// Walks the whole line; false where it is broken.
  bool walk_root();
  Shape root_shape() const noexcept { return root_shape_; }

 private:
  bool walk_root_fields();
  bool walk_messages(Branch branch, ListSpan& list);
  bool walk_message(Branch branch, std::uint32_t index);
  bool walk_input();
  void complete_branches();
  bool walk_tool_calls();
  bool walk_function(std::uint32_t call, unsigned depth, ToolPlace place, ToolPlace arguments_place);
  void note_tool_fault(ToolPlace place, Shape shape, std::uint32_t at, std::uint32_t call);
  void complete_layout_signs();

  bool seen_messages_ = false;
  bool any_branch_ = false;             // a key of preference examples
  Shape input_tools_ = Shape::missing;  // of "tools" in the input of a preference example
  std::uint32_t input_tools_at_ = nowhere;
  Shape root_shape_ = Shape::missing;
  std::uint32_t images_at_ = nowhere;  // a key of the line's own object that lists images
};

}  // namespace visionshard::example
