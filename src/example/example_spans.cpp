#include "example/example_spans.h"

namespace visionshard::example {

const char* shape_name(Shape shape) noexcept {
  switch (shape) {
    case Shape::missing: return "missing";
    case Shape::null: return "null";
    case Shape::string: return "a string";
    case Shape::number: return "a number";
    case Shape::boolean: return "a boolean";
    case Shape::array: return "an array";
    case Shape::object: return "an object";
  }
  return "";
}

std::string_view branch_pointer(Branch branch) noexcept {
  switch (branch) {
    case Branch::input: return "/input/messages";
    case Branch::preferred: return "/preferred_output";
    case Branch::non_preferred: return "/non_preferred_output";
    case Branch::messages: break;
  }
  return "/messages";
}

}  // namespace visionshard::example
