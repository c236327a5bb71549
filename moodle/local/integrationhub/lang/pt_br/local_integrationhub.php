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
 * Texts in Brazilian Portuguese.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['alerts_none'] = 'O hub não tem nenhum alerta.';
$string['cachedef_state'] = 'O que as requisições comunicam umas às outras sobre o hub';
$string['call_refused'] = 'O hub recusou a chamada: {$a}';
$string['capturemode'] = 'Modo de captura';
$string['capturemode_desc'] = 'Como os eventos chegam ao hub. No modo rápido ficam na memória até o fim da requisição: um processo PHP interrompido perde o que não enviou. No modo seguro os eventos que alteram algo são gravados no banco de dados dentro da própria transação, cerca de um décimo de milissegundo cada um, e um processo interrompido não perde nenhum.';
$string['capturemode_fast'] = 'Rápido';
$string['capturemode_safe'] = 'Seguro';
$string['check_hub'] = 'Integration Hub: conexão';
$string['check_hub_alerts'] = 'Integration Hub: alertas do hub';
$string['check_outbox_age'] = 'Integration Hub: eventos em espera';
$string['check_refused_events'] = 'Integration Hub: eventos recusados';
$string['check_subscription_list'] = 'Integration Hub: lista de eventos';
$string['circuit_open'] = 'O circuito do serviço "{$a}" está aberto: ele não responde no momento.';
$string['code'] = 'Código de uso único';
$string['code_help'] = 'O que o comando "mih site add" mostra no hub. Pode ser usado uma vez, durante uma hora.';
$string['connect'] = 'Conectar';
$string['connect_again'] = 'Este site foi conectado por uma versão anterior do plugin. Conecte-o novamente para ver o painel.';
$string['connect_failed'] = 'O hub não aceitou a conexão. {$a}';
$string['connect_how'] = 'Execute "mih site add NOME" onde o hub funciona e informe o código mostrado. Na mesma máquina "mih moodle connect --moodle DIRETÓRIO" faz as duas coisas.';
$string['connected'] = 'Conectado ao hub em {$a}.';
$string['connection'] = 'Conexão';
$string['denylist'] = 'Eventos que nunca são enviados';
$string['denylist_desc'] = 'Nomes de eventos, um por linha; * representa qualquer sequência de caracteres. Alterações de configurações (\\core\\event\\config_log_created) nunca são enviadas, pois contêm senhas.';
$string['error_busy'] = 'Outro processo está alterando isto no momento. Tente novamente.';
$string['event_webhook_received'] = 'Mensagem de um serviço recebida';
$string['hub'] = 'Endereço do hub';
$string['hub_answers'] = 'O hub em {$a} responde.';
$string['hub_away'] = 'O hub em {$a->hub} não responde; os eventos esperam na caixa de saída. {$a->why}';
$string['hub_desc'] = 'Onde este site encontra o hub. É preenchido quando o site é conectado.';
$string['hub_help'] = 'Por exemplo http://127.0.0.1:8085 ou unix:/run/mih/mih.sock';
$string['hub_invalid'] = 'Informe http://HOST:PORTA, https://HOST ou unix:/caminho/do/socket.';
$string['hub_refuses'] = 'O hub em {$a->hub} não aceita este site; os eventos esperam na caixa de saída. Conecte o site novamente. {$a->why}';
$string['integrationhub:manage'] = 'Gerenciar o Integration Hub';
$string['integrationhub:view'] = 'Ver o Integration Hub';
$string['is_a_copy'] = 'Esta é uma cópia de {$a}: nada é capturado nem enviado até que ela própria seja conectada.';
$string['list_missing'] = 'Ainda não há lista de eventos: nada é capturado.';
$string['list_version'] = 'Versão {$a}';
$string['not_connected'] = 'Este site não está conectado a um hub.';
$string['outbox_empty'] = 'Nenhum evento espera pelo hub.';
$string['outbox_waiting'] = '{$a->rows} eventos esperam pelo hub, o mais antigo há {$a->age}.';
$string['pluginname'] = 'Integration Hub';
$string['predecessor'] = 'Plugin original';
$string['predecessor_again'] = 'Assumir novamente';
$string['predecessor_clear'] = 'Esvaziar as tabelas do original';
$string['predecessor_clear_sure'] = 'As cinco tabelas do plugin original serão esvaziadas: serviços, regras, mensagens com falha, circuitos e registro. O que foi recusado será perdido. Não pode ser desfeito.';
$string['predecessor_cleared'] = 'As tabelas estão vazias.';
$string['predecessor_disabled'] = 'Desativada até ser alterada: {$a->name}: {$a->error}';
$string['predecessor_done'] = 'O hub assumiu o que o plugin original tinha ({$a}).';
$string['predecessor_none'] = 'O plugin original não deixou nada aqui.';
$string['predecessor_not_done'] = 'O hub ainda não assumiu tudo; as tabelas ficam.';
$string['predecessor_notice'] = 'Aviso: {$a}';
$string['predecessor_refused'] = 'O hub não assume o que o plugin original tinha; um gestor precisa pedir. {$a}';
$string['predecessor_refused_row'] = 'Recusado: {$a->name}: {$a->error}';
$string['predecessor_renamed'] = '{$a->from} agora se chama {$a->to}; as chamadas com o nome antigo continuam funcionando.';
$string['predecessor_row'] = '{$a->name}: {$a->created} assumidos, {$a->unchanged} já existiam, {$a->refused} recusados';
$string['predecessor_rows_dead_letters'] = 'Mensagens com falha';
$string['predecessor_rows_deliveries'] = 'Eventos na fila';
$string['predecessor_rows_rules'] = 'Regras';
$string['predecessor_rows_services'] = 'Serviços';
$string['predecessor_waiting'] = 'Serviços, regras e mensagens com falha do plugin original aguardam ser assumidos. {$a}';
$string['privacy:hubaway'] = 'Não foi possível contatar o hub: o que ele guarda sobre você não está nesta exportação. Solicite-a novamente mais tarde.';
$string['privacy:metadata:hub'] = 'Os eventos são enviados ao Integration Hub, que os entrega aos serviços escolhidos pelos administradores deste site.';
$string['privacy:metadata:hub:ip'] = 'O endereço de onde veio a requisição.';
$string['privacy:metadata:outbox'] = 'Eventos que esperam pelo hub e eventos que ele recusou.';
$string['privacy:metadata:outbox:body'] = 'O evento como o Moodle o registrou.';
$string['privacy:metadata:outbox:relateduserid'] = 'O usuário a quem o evento se refere.';
$string['privacy:metadata:outbox:timecreated'] = 'Quando o evento foi registrado.';
$string['privacy:metadata:outbox:userid'] = 'O usuário que o fez.';
$string['refused_none'] = 'O hub não recusou nenhum evento.';
$string['refused_other_site'] = 'Capturado pelo site do qual este foi copiado.';
$string['refused_some'] = 'O hub recusou {$a->count} eventos nos últimos 30 dias; o último por causa de: {$a->reason}';
$string['service_disabled'] = 'O serviço "{$a}" está desativado.';
$string['service_not_found'] = 'Não há serviço "{$a}" no hub.';
$string['settings'] = 'Configurações';
$string['status'] = 'Situação';
$string['task_consume_responses'] = 'Mensagens de filas de resposta (feito pelo hub)';
$string['task_sync'] = 'Enviar ao hub os eventos em espera';
