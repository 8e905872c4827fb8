# What Debian's policy wants in a package and CPack does not do: a changelog, compressed pages, modes that do not depend
# on who packs. CPack runs this over the files before it packs them.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/ALL_COMPONENTS_IN_ONE)
set(changelog ${root}/usr/share/doc/visionshard/changelog)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${changelog}
  "visionshard (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * Built from source.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
execute_process(COMMAND gzip -9n ${changelog} ${root}/usr/share/man/man1/visionshard.1 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${root} COMMAND_ERROR_IS_FATAL ANY)
