#include "python/interruptible.h"

#include <cxxabi.h>
#include <pthread.h>
#include <unistd.h>

namespace visionshard::python {

namespace py = pybind11;

namespace {

// Python code can give up the lock, and the end of the interpreter then unwinds a daemon thread (see ReleasedGil).
py::object call(const py::object& callable, const py::tuple& arguments) {
  PyObject* result = nullptr;
  try {
    result = PyObject_CallObject(callable.ptr(), arguments.ptr());
  } catch (abi::__forced_unwind&) {
    for (;;) ::pause();
  }
  if (result == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

}  // namespace

LiveRuns& live_runs() {
  static LiveRuns* runs = new LiveRuns;
  // The threads of the runs are not there after a fork, and one of them may have held the mutex.
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { runs = new LiveRuns; });
  static_cast<void>(registered);
  return *runs;
}

void report_progress(const py::object& progress, const ProgressReport& so_far) {
  if (progress.is_none()) return;
  const Counts& c = so_far.counts;
  const py::object total = so_far.total_bytes == 0 ? py::object(py::none()) : py::int_(so_far.total_bytes);
  const py::object type = py::module_::import("visionshard").attr("Progress");
  call(progress,
       py::make_tuple(call(type, py::make_tuple(so_far.done_bytes, total, c.lines, c.written, c.rejected, c.images,
                                                py::str(so_far.at_work.data(), so_far.at_work.size())))));
}

void raise_stalled(const std::string& stages) {
  const std::string message = "no progress for stall_timeout seconds: " + stages + "; resume=True continues the run";
  PyErr_SetString(PyExc_TimeoutError, message.c_str());
  throw py::error_already_set();
}

}  // namespace visionshard::python
