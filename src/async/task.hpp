#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mih::async {

namespace asio = boost::asio;

/// Coroutines of the hub run on an io_context with one thread; naming the executor's type spares
/// them the type-erased one.
using Executor = asio::io_context::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// The completion token that makes an Asio operation awaitable in a Task.
inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace mih::async
