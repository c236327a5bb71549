#include "core/service_descriptor.hpp"

#include <algorithm>
#include <cstdint>
#include <variant>

namespace mih::core {
namespace {

using Types = std::uint8_t;
constexpr Types kRest = 1;
constexpr Types kAmqp = 2;
constexpr Types kSoap = 4;
constexpr Types kHttp = kRest | kSoap;
constexpr Types kAll = kRest | kAmqp | kSoap;

/// For which types a field is, and its help in Spanish.
struct Use {
  std::string_view name;
  Types types;
  std::string_view help_es;
};

constexpr std::array kUses{
    Use{"name", kAll, "Nombre único: letras, cifras, punto, guion bajo, guion"},
    Use{"type", kAll, "Cómo se accede al servicio"},
    Use{"base_url", kAll, "Dirección; se le añade el endpoint de la regla"},
    Use{"auth_type", kAll, "Cómo se autentica"},
    Use{"auth_token", kHttp, "Token, clave de API o contraseña"},
    Use{"timeout", kAll, "Segundos para un intento completo"},
    Use{"max_retries", kAll, "Intentos después del primero"},
    Use{"retry_backoff", kAll, "Segundos antes del segundo intento; se duplican"},
    Use{"cb_failure_threshold", kAll, "Fallos seguidos que abren el circuito; 0 = nunca"},
    Use{"cb_cooldown", kAll, "Segundos que un circuito abierto espera antes de una prueba"},
    Use{"response_queue", kAmqp, "Cola de AMQP con mensajes para Moodle"},
    Use{"enabled", kAll, "Desactivado: las entregas se crean y esperan"},
    Use{"retry_jitter", kAll, "Parte aleatoria de cada espera"},
    Use{"max_age", kAll, "Segundos tras los que una entrega caduca; 0 = nunca"},
    Use{"max_concurrency", kAll, "Peticiones en curso"},
    Use{"rate_limit", kAll, "Intentos por segundo; 0 = sin límite"},
    Use{"max_backlog", kAll, "Entregas pendientes; las demás pasan a mensajes muertos"},
    Use{"cb_mode", kAll, "Abrir por fallos seguidos o por su proporción"},
    Use{"cb_rate", kAll, "Proporción de fallos que abre el circuito"},
    Use{"cb_window", kAll, "Segundos sobre los que se toma la proporción"},
    Use{"cb_min_calls", kAll, "Llamadas necesarias en la ventana"},
    Use{"cb_slow_ms", kAll, "Las llamadas más lentas cuentan como fallos; 0 = no"},
    Use{"retry_on", kAll, "Resultados que se reintentan, como 5xx, 409"},
    Use{"reject_on", kAll, "Resultados que se dan por perdidos enseguida"},
    Use{"follow_redirects", kRest, "Seguir redirecciones en el mismo servidor"},
    Use{"headers", kHttp, "Cabeceras para cada petición"},
    Use{"apikey_header", kRest, "Cabecera que lleva la clave de API"},
    Use{"basic_user", kHttp, "Usuario de la autenticación básica"},
    Use{"oauth2_token_url", kRest, "Dirección que da los tokens"},
    Use{"oauth2_client_id", kRest, "Identificador del cliente"},
    Use{"oauth2_scope", kRest, "Ámbito que se pide"},
    Use{"client_cert", kAll, "Certificado de cliente (PEM)"},
    Use{"client_key", kAll, "Clave del cliente (PEM)"},
    Use{"ca_file", kAll, "Certificados de CA adicionales para este servicio"},
    Use{"signing_secret", kRest, "Secreto de Standard Webhooks (whsec_...)"},
    Use{"signing_secret_old", kRest, "Segundo secreto durante un cambio"},
    Use{"inbound_enabled", kAll, "Aceptar mensajes de este servicio"},
    Use{"inbound_secret", kAll, "Secreto de los mensajes entrantes"},
    Use{"inbound_site", kAll, "Sitio que recibe los mensajes entrantes"},
    Use{"proxy", kHttp, "URL del proxy de salida"},
    Use{"cloudevents", kRest | kAmqp, "Entregas como CloudEvents"},
    Use{"soap_headers", kSoap, "Cabeceras SOAP adicionales (plantilla)"},
    Use{"wsse_user", kSoap, "Usuario de WS-Security"},
    Use{"wsse_mode", kSoap, "Tipo de contraseña de WS-Security"},
};

Types bit_of(ServiceType type) {
  switch (type) {
    case ServiceType::kRest:
      return kRest;
    case ServiceType::kAmqp:
      return kAmqp;
    case ServiceType::kSoap:
      return kSoap;
  }
  return kRest;
}

/// Those ways to authenticate that a transport knows.
Types types_of_auth(std::string_view auth_type) {
  if (auth_type == "apikey" || auth_type == "oauth2") return kRest;
  if (auth_type == "bearer" || auth_type == "basic") return kHttp;
  if (auth_type == "wsse") return kSoap;
  return kAll;
}

std::vector<std::string_view> choices_of(const Field<Service>& field, ServiceType type) {
  const auto* choice = std::get_if<Choice<Service>>(&field.access);
  if (!choice) return {};
  std::vector<std::string_view> names(choice->names.begin(), choice->names.end());
  if (field.name == "type") return {name_of(type)};
  if (field.name == "auth_type") {
    std::erase_if(names,
                  [type](std::string_view name) { return !(types_of_auth(name) & bit_of(type)); });
  }
  return names;
}

}  // namespace

std::vector<ServiceField> fields_of(ServiceType type) {
  std::vector<ServiceField> found;
  for (const auto& field : service_fields()) {
    const auto* use = std::ranges::find(kUses, field.name, &Use::name);
    if (use == kUses.end() || !(use->types & bit_of(type))) continue;
    found.push_back({&field, use->help_es, choices_of(field, type)});
  }
  return found;
}

Service default_service(ServiceType type) {
  constexpr std::int64_t kAmqpWindow = 256;
  Service service;
  service.type = type;
  if (type == ServiceType::kAmqp) service.max_concurrency = kAmqpWindow;
  return service;
}

}  // namespace mih::core
