# Adds what Debian's policy requires and CPack does not write: changelog, copyright, compressed pages, a stripped static
# library, and modes that do not depend on the umask. CPack runs this before it packs.
function(finish component package)
  set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component})
  set(documents ${root}/usr/share/doc/${package})
  file(MAKE_DIRECTORY ${documents})
  configure_file(${CPACK_VISIONSHARD_DEBIAN}/changelog ${documents}/changelog COPYONLY)
  configure_file(${CPACK_VISIONSHARD_DEBIAN}/copyright ${documents}/copyright COPYONLY)
  file(GLOB pages ${root}/usr/share/man/*/*)
  execute_process(COMMAND gzip -9n ${documents}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
  if(EXISTS ${CPACK_VISIONSHARD_DEBIAN}/${package}.lintian-overrides)
    configure_file(${CPACK_VISIONSHARD_DEBIAN}/${package}.lintian-overrides
      ${root}/usr/share/lintian/overrides/${package} COPYONLY)
  endif()
  file(GLOB binaries ${root}/usr/bin/* ${root}/usr/lib/*.a ${root}/usr/lib/*/*.a
    ${root}/usr/lib/python3/dist-packages/*/*.so)
  execute_process(COMMAND strip --strip-debug --remove-section=.comment --remove-section=.note
    --enable-deterministic-archives ${binaries} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND chmod -R u=rwX,go=rX ${root} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

finish(program visionshard)
finish(development libvisionshard-dev)
if(EXISTS ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/python)
  finish(python python3-visionshard)
endif()
if(EXISTS ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/screen)
  finish(screen visionshard-screen)
endif()
