#include "python/interruptible.h"

namespace visionshard::python {

namespace py = pybind11;

void report_progress(const py::object& progress, const ProgressReport& so_far) {
  if (progress.is_none()) return;
  const Counts& c = so_far.counts;
  const py::object total = so_far.total_bytes == 0 ? py::object(py::none()) : py::int_(so_far.total_bytes);
  progress(py::module_::import("visionshard")
               .attr("Progress")(so_far.done_bytes, total, c.lines, c.written, c.rejected, c.images,
                                 py::str(so_far.at_work.data(), so_far.at_work.size())));
}

void raise_stalled(const std::string& stages) {
  const std::string message = "no progress for stall_timeout seconds: " + stages + "; resume=True continues the run";
  PyErr_SetString(PyExc_TimeoutError, message.c_str());
  throw py::error_already_set();
}

}  // namespace visionshard::python
