<?php
// This file is part of Moodle - http://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <http://www.gnu.org/licenses/>.

/**
 * Texts in Spanish.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['alerts_none'] = 'El hub no tiene ninguna alerta.';
$string['cachedef_state'] = 'Lo que las peticiones se comunican acerca del hub';
$string['call_refused'] = 'El hub rechazó la llamada: {$a}';
$string['capturemode'] = 'Modo de captura';
$string['capturemode_desc'] = 'Cómo llegan los eventos al hub. En el modo rápido permanecen en memoria hasta el final de la petición: un proceso PHP que muere pierde lo que no ha enviado. En el modo seguro los eventos que cambian algo se escriben en la base de datos dentro de su propia transacción, alrededor de una décima de milisegundo cada uno, y un proceso que muere no pierde ninguno.';
$string['capturemode_fast'] = 'Rápido';
$string['capturemode_safe'] = 'Seguro';
$string['check_hub'] = 'Integration Hub: conexión';
$string['check_hub_alerts'] = 'Integration Hub: alertas del hub';
$string['check_outbox_age'] = 'Integration Hub: eventos en espera';
$string['check_refused_events'] = 'Integration Hub: eventos rechazados';
$string['check_subscription_list'] = 'Integration Hub: lista de eventos';
$string['circuit_open'] = 'El circuito del servicio "{$a}" está abierto: no responde en este momento.';
$string['code'] = 'Código de un solo uso';
$string['code_help'] = 'Lo que muestra la orden "mih site add" en el hub. Se puede usar una vez, durante una hora.';
$string['connect'] = 'Conectar';
$string['connect_again'] = 'Este sitio se conectó con una versión anterior del complemento. Conéctelo de nuevo para ver el panel.';
$string['connect_failed'] = 'El hub no aceptó la conexión. {$a}';
$string['connect_how'] = 'Ejecute "mih site add NOMBRE" donde funciona el hub e introduzca el código que muestra. En la misma máquina "mih moodle connect --moodle DIRECTORIO" hace ambas cosas.';
$string['connected'] = 'Conectado con el hub en {$a}.';
$string['connection'] = 'Conexión';
$string['denylist'] = 'Eventos que nunca se envían';
$string['denylist_desc'] = 'Nombres de eventos, uno por línea; * representa cualquier serie de caracteres. Los cambios de configuración (\\core\\event\\config_log_created) no se envían nunca, porque contienen contraseñas.';
$string['error_busy'] = 'Otro proceso lo está cambiando en este momento. Inténtelo de nuevo.';
$string['event_webhook_received'] = 'Mensaje de un servicio recibido';
$string['hub'] = 'Dirección del hub';
$string['hub_answers'] = 'El hub en {$a} responde.';
$string['hub_away'] = 'El hub en {$a->hub} no responde; los eventos esperan en la bandeja de salida. {$a->why}';
$string['hub_desc'] = 'Dónde encuentra este sitio el hub. Se rellena al conectar el sitio.';
$string['hub_help'] = 'Por ejemplo http://127.0.0.1:8085 o unix:/run/mih/mih.sock';
$string['hub_invalid'] = 'Introduzca http://SERVIDOR:PUERTO, https://SERVIDOR o unix:/ruta/del/socket.';
$string['hub_refuses'] = 'El hub en {$a->hub} no acepta este sitio; los eventos esperan en la bandeja de salida. Conecte el sitio de nuevo. {$a->why}';
$string['integrationhub:manage'] = 'Gestionar Integration Hub';
$string['integrationhub:view'] = 'Ver Integration Hub';
$string['is_a_copy'] = 'Esta es una copia de {$a}: no se captura ni se envía nada hasta que se conecte por sí misma.';
$string['list_missing'] = 'Todavía no hay lista de eventos: no se captura nada.';
$string['list_version'] = 'Versión {$a}';
$string['not_connected'] = 'Este sitio no está conectado con un hub.';
$string['outbox_empty'] = 'Ningún evento espera al hub.';
$string['outbox_waiting'] = '{$a->rows} eventos esperan al hub, el más antiguo desde hace {$a->age}.';
$string['pluginname'] = 'Integration Hub';
$string['predecessor'] = 'Plugin original';
$string['predecessor_again'] = 'Traspasar otra vez';
$string['predecessor_clear'] = 'Vaciar las tablas del original';
$string['predecessor_clear_sure'] = 'Se vaciarán las cinco tablas del plugin original: servicios, reglas, mensajes fallidos, circuitos y registro. Lo rechazado se perderá. No se puede deshacer.';
$string['predecessor_cleared'] = 'Las tablas están vacías.';
$string['predecessor_disabled'] = 'Desactivada hasta que se cambie: {$a->name}: {$a->error}';
$string['predecessor_done'] = 'El hub tiene ahora lo que tenía el plugin original ({$a}).';
$string['predecessor_none'] = 'El plugin original no ha dejado nada aquí.';
$string['predecessor_not_done'] = 'El hub aún no tiene todo; las tablas se quedan.';
$string['predecessor_notice'] = 'Aviso: {$a}';
$string['predecessor_refused'] = 'El hub no acepta lo que tenía el plugin original; tiene que pedirlo un gestor. {$a}';
$string['predecessor_refused_row'] = 'Rechazado: {$a->name}: {$a->error}';
$string['predecessor_renamed'] = '{$a->from} se llama ahora {$a->to}; las llamadas con el nombre antiguo siguen funcionando.';
$string['predecessor_row'] = '{$a->name}: {$a->created} traspasados, {$a->unchanged} ya estaban, {$a->refused} rechazados';
$string['predecessor_rows_dead_letters'] = 'Mensajes fallidos';
$string['predecessor_rows_deliveries'] = 'Eventos en cola';
$string['predecessor_rows_rules'] = 'Reglas';
$string['predecessor_rows_services'] = 'Servicios';
$string['predecessor_waiting'] = 'Los servicios, reglas y mensajes fallidos del plugin original esperan el traspaso. {$a}';
$string['privacy:hubaway'] = 'No se pudo contactar con el hub: lo que guarda sobre usted no está en esta exportación. Solicítela de nuevo más tarde.';
$string['privacy:metadata:hub'] = 'Los eventos se envían a Integration Hub, que los entrega a los servicios elegidos por los administradores de este sitio.';
$string['privacy:metadata:hub:ip'] = 'La dirección de la que vino la petición.';
$string['privacy:metadata:outbox'] = 'Eventos que esperan al hub y eventos que este rechazó.';
$string['privacy:metadata:outbox:body'] = 'El evento tal como Moodle lo registró.';
$string['privacy:metadata:outbox:relateduserid'] = 'El usuario al que se refiere el evento.';
$string['privacy:metadata:outbox:timecreated'] = 'Cuándo se registró el evento.';
$string['privacy:metadata:outbox:userid'] = 'El usuario que lo hizo.';
$string['refused_none'] = 'El hub no ha rechazado ningún evento.';
$string['refused_other_site'] = 'Capturado por el sitio del que se copió este.';
$string['refused_some'] = 'El hub rechazó {$a->count} eventos en los últimos 30 días; el último por: {$a->reason}';
$string['service_disabled'] = 'El servicio "{$a}" está desactivado.';
$string['service_not_found'] = 'No hay ningún servicio "{$a}" en el hub.';
$string['settings'] = 'Ajustes';
$string['status'] = 'Estado';
$string['task_consume_responses'] = 'Mensajes de colas de respuesta (lo hace el hub)';
$string['task_sync'] = 'Enviar al hub los eventos en espera';
