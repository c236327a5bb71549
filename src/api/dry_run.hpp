#pragma once

#include <span>

#include "api/call.hpp"
#include "api/query.hpp"
#include "core/field_changes.hpp"

/// `?dry_run=true`: everything is checked, and nothing is changed.
namespace mih::api {

inline Result<bool> is_dry_run(Call& call) {
  Query query(call.request.query);
  const bool dry_run = query.flag("dry_run").value_or(false);
  auto valid = query.check();
  if (!valid) return fail(valid);
  call.is_dry_run = dry_run;
  return dry_run;
}

/// The answer: the fields that would change.
template <class T>
Response would_change(std::span<const core::Field<T>> fields, const T& before, const T& after) {
  json::Writer out;
  out.begin_object();
  out.key("changed");
  out.begin_array();
  for (const auto name : core::changed_fields(fields, before, after))
    out.value(name);
  out.end_array();
  out.end_object();
  return Response::json(out.take());
}

}  // namespace mih::api
