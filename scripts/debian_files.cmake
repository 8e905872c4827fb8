# What Debian's policy wants in a package and CPack does not make: a changelog, and it and the man page compressed. CPack
# runs this over the files before it packs them.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/ALL_COMPONENTS_IN_ONE/usr/share)
set(changelog ${share}/doc/visionshard/changelog)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${changelog}
  "visionshard (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * Built from source.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(CHMOD ${changelog} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
execute_process(COMMAND gzip -9n ${changelog} ${share}/man/man1/visionshard.1 COMMAND_ERROR_IS_FATAL ANY)
