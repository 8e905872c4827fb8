// Python's lock, given up while C++ works.
#pragma once

#include <Python.h>
#include <unistd.h>

namespace visionshard::python {

/// pybind11's gil_scoped_release, but for the end of the interpreter: until 3.14 CPython ends a daemon thread that asks
/// for the lock then, by unwinding its stack, and a destructor that throws nothing turns that into the end of the
/// process ("Python/ceval_gil.h", take_gil()). Such a thread waits here for ever, as later versions have it.
class ReleasedGil {
 public:
  ReleasedGil() noexcept : state_(PyEval_SaveThread()) {}
  ~ReleasedGil() noexcept(false) {
    while (is_finalizing()) ::pause();
    PyEval_RestoreThread(state_);
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

  PyThreadState* state_;
};

}  // namespace visionshard::python
