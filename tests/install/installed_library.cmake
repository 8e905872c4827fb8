# Installs the build below WORK, builds the consumer against what was installed, and runs it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/consumer -DCMAKE_PREFIX_PATH=${WORK}/prefix
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${WORK}/consumer)
file(WRITE ${WORK}/line.jsonl [[{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}]])
run(${WORK}/consumer/consumer ${WORK}/line.jsonl ${WORK}/output)
run(${WORK}/prefix/bin/visionshard --version)
if(NOT EXISTS ${WORK}/output/manifest.json)
  message(FATAL_ERROR "the consumer wrote no manifest")
endif()
