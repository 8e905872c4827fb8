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

}  // namespace visionshard::example
