# One library per folder of src/, with its unit tests beside the code.
#
#   mih_module(engine
#     SOURCES matcher.cpp ...
#     DEPENDS core                 # modules of ours; tests/layers.json says what is allowed
#     LIBRARIES OpenSSL::Crypto    # third party
#     TESTS matcher_test.cpp ...)
add_library(mih_options INTERFACE)
target_include_directories(mih_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(mih_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Werror -fstack-protector-strong -fPIE)
target_compile_definitions(mih_options INTERFACE
  MIH_VERSION="${PROJECT_VERSION}" BOOST_ASIO_NO_DEPRECATED)
target_link_options(mih_options INTERFACE -fuse-ld=lld -pie -Wl,-z,relro,-z,now)
target_link_libraries(mih_options INTERFACE Threads::Threads)

function(mih_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES;TESTS;TEST_LIBRARIES" ${ARGN})
  add_library(mih_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND mih_)
  target_link_libraries(mih_${name} PUBLIC mih_options ${ARG_DEPENDS} ${ARG_LIBRARIES})
  if(MIH_TESTS AND ARG_TESTS)
    add_executable(${name}_test ${ARG_TESTS})
    target_link_libraries(${name}_test PRIVATE
      mih_${name} GTest::gmock_main nlohmann_json::nlohmann_json ${ARG_TEST_LIBRARIES})
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${name}_test PRIVATE
      MIH_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    # Most of the time of a build with sanitizers goes into optimising what runs once.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Debug>:-O0>)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
