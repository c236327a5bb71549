#pragma once

#include <string_view>

/// Namespaces of the standards that are read and written here.
namespace mih::transport::soap::ns {

inline constexpr std::string_view kWsdl = "http://schemas.xmlsoap.org/wsdl/";
inline constexpr std::string_view kWsdl2 = "http://www.w3.org/ns/wsdl";
inline constexpr std::string_view kWsdlSoap11 = "http://schemas.xmlsoap.org/wsdl/soap/";
inline constexpr std::string_view kWsdlSoap12 = "http://schemas.xmlsoap.org/wsdl/soap12/";
inline constexpr std::string_view kEnvelope11 = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view kEnvelope12 = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view kEncoding11 = "http://schemas.xmlsoap.org/soap/encoding/";
inline constexpr std::string_view kEncoding12 = "http://www.w3.org/2003/05/soap-encoding";
inline constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema";
inline constexpr std::string_view kXsd1999 = "http://www.w3.org/1999/XMLSchema";
inline constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
inline constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
/// Maps of Axis 1 and PHP.
inline constexpr std::string_view kApache = "http://xml.apache.org/xml-soap";
inline constexpr std::string_view kWsse =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view kWsu =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

inline bool is_encoding(std::string_view uri) {
  return uri == kEncoding11 || uri == kEncoding12;
}
inline bool is_xsd(std::string_view uri) {
  return uri == kXsd || uri == kXsd1999;
}

}  // namespace mih::transport::soap::ns
