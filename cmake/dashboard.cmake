# The dashboard (web/), built with Node and embedded in the binary.
#
#   mih_dashboard(source missing.cpp)    sets `source` to the C++ file that carries it, or to
#                                        missing.cpp
#
# Without Node the binary is built without it, and says so to those who ask for the page.
option(MIH_DASHBOARD "Build the dashboard and embed it (needs Node 18 and npm)" ON)

function(mih_dashboard out missing)
  set(folder ${CMAKE_SOURCE_DIR}/web)
  set(${out} ${missing} PARENT_SCOPE)
  if(NOT MIH_DASHBOARD)
    message(STATUS "The dashboard is left out (MIH_DASHBOARD=OFF).")
    return()
  endif()
  find_program(MIH_NODE node)
  find_program(MIH_NPM npm)
  if(NOT MIH_NODE OR NOT MIH_NPM)
    message(WARNING "The dashboard is left out: node and npm are missing (Debian: nodejs, npm). "
      "Everything else is built; install them and configure again to get the dashboard.")
    return()
  endif()

  set(installed ${folder}/node_modules/.package-lock.json)
  add_custom_command(OUTPUT ${installed}
    COMMAND ${MIH_NPM} install --no-save --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    WORKING_DIRECTORY ${folder}
    DEPENDS ${folder}/package.json ${folder}/package-lock.json
    COMMENT "Installing the dashboard's packages (npm; -DMIH_DASHBOARD=OFF leaves it out)"
    VERBATIM)
  # Not src/api/generated: what the build makes there would make it configure again.
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/src/*.ts ${folder}/src/*.tsx ${folder}/src/*.svg
    ${folder}/src/api/*.ts)
  file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${folder}/src/components/*.ts
    ${folder}/src/components/*.tsx ${folder}/src/lib/*.ts
    ${folder}/src/locales/*.json ${folder}/src/pages/*.ts ${folder}/src/pages/*.tsx
    ${folder}/src/styles/*.scss)
  list(APPEND sources ${parts})
  set(built ${CMAKE_BINARY_DIR}/dashboard)
  set(target ${CMAKE_BINARY_DIR}/dashboard_assets.cpp)
  add_custom_command(OUTPUT ${target}
    COMMAND ${CMAKE_COMMAND} -E env MIH_WEB_OUT=${built} ${MIH_NPM} run --silent build
    COMMAND ${MIH_NODE} scripts/embed.mjs ${built} ${target}
    WORKING_DIRECTORY ${folder}
    DEPENDS ${installed} ${sources} ${folder}/index.html ${folder}/vite.config.ts
      ${folder}/tsconfig.json ${folder}/scripts/generate.mjs ${folder}/scripts/embed.mjs
      ${CMAKE_SOURCE_DIR}/docs/api/openapi.json ${CMAKE_SOURCE_DIR}/VERSION
    COMMENT "Building the dashboard"
    VERBATIM)
  set(${out} ${target} PARENT_SCOPE)
endfunction()
