// Python's lock, given up while C++ works.
#pragma once

#include <Python.h>
#include <cxxabi.h>
#include <unistd.h>

namespace visionshard::python {

/// pybind11's gil_scoped_release, but for the end of the interpreter: until 3.14 CPython ends a daemon thread that asks
/// for the lock then, by unwinding its stack, and a destructor that throws nothing turns that into the end of the
/// process ("Python/ceval_gil.h", take_gil()). Such a thread waits here for ever, as later versions have it.
class ReleasedGil {
 public:
  ReleasedGil() noexcept : at_end_(is_finalizing()), state_(PyEval_SaveThread()) {}
  ~ReleasedGil() noexcept(false) {
    while (!at_end_ && (is_finalizing() || Py_IsInitialized() == 0)) ::pause();
    try {
      PyEval_RestoreThread(state_);
    } catch (abi::__forced_unwind&) {
      for (;;) ::pause();
    }
  }
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;

 private:
  static bool is_finalizing() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
  }

  bool at_end_;  // by the thread that ends the interpreter, which alone has the lock then
  PyThreadState* state_;
};

}  // namespace visionshard::python
