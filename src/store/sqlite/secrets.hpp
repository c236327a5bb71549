#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/fields.hpp"
#include "store/secret_box.hpp"
#include "store/sqlite/connection.hpp"

/// The secrets in the database: which columns hold them, and how they get there. All other code
/// sees them in clear.
namespace mih::store::sqlite {

/// Where a secret is kept.
struct SecretColumn {
  /// Of the others only those texts are sealed that may hold a secret: a store without any needs no
  /// key. Versions before kept them in clear, and of a URL just the password sealed.
  enum class Kind : std::uint8_t { kSecret, kUrl, kHeaders, kText };
  std::string_view table;
  std::string_view column;
  Kind kind = Kind::kSecret;
  std::string place() const;
};

inline constexpr SecretColumn kCallbackKey{"local_integrationhub_site", "callback_key"};
inline constexpr SecretColumn kSignonKey{"local_integrationhub_site", "signon_key"};
inline constexpr SecretColumn kNamedSecret{"local_integrationhub_secret", "value"};
inline constexpr SecretColumn kLetterHeaders{"local_integrationhub_dlq", "headers",
                                             SecretColumn::Kind::kHeaders};

/// A text as it is stored, and back. A text that cannot be opened is damage of the store, which the
/// connection latches.
std::string seal(const Connection& connection, const SecretColumn& column, std::string_view text);
std::string unseal(Connection& connection, const SecretColumn& column, std::string_view stored);
/// The text of a field as it is stored, and back; most fields hold no secret and stay as they are.
std::string seal(const Connection& connection, const core::Field<core::Service>& field,
                 std::string_view text);
std::string seal(const Connection& connection, const core::Field<core::Rule>& field,
                 std::string_view text);
std::string unseal(Connection& connection, const core::Field<core::Service>& field,
                   std::string_view stored);
std::string unseal(Connection& connection, const core::Field<core::Rule>& field,
                   std::string_view stored);

/// The id of the key that secrets are sealed with; "" in a store of a version that did not seal
/// them.
std::string stored_key_id(Connection& connection);
/// The same, and "" when there is no secret.
std::string needed_key_id(Connection& connection);
bool has_secrets(Connection& connection);

/// Opens the secrets of a store when it is opened: finds their key, or takes that of the file, or a
/// new one, for a store that needs none yet, whose secrets are sealed then. kConfigInvalid when the
/// key is missing or another one; nothing is changed then.
Result<std::shared_ptr<SecretBox>> unlock(Connection& connection, const KeyFile& file);
/// The same without changing anything; null when the store has no key yet.
Result<std::shared_ptr<SecretBox>> unlock_for_reading(Connection& connection, const KeyFile& file);

/// Seals everything with a new key. Whenever it is interrupted, the file holds the key that the
/// database needs.
Result<void> rotate_key(Connection& connection, SecretBox& box, const KeyFile& file);

}  // namespace mih::store::sqlite
