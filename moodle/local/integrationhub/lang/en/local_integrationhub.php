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
 * Texts in English.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['alerts_none'] = 'The hub is alarmed about nothing.';
$string['cachedef_state'] = 'What requests tell each other about the hub';
$string['call_refused'] = 'The hub refused the call: {$a}';
$string['capturemode'] = 'Capture mode';
$string['capturemode_desc'] = 'How events reach the hub. In fast mode they stay in memory until the end of the request: a killed PHP process loses what it has not sent. In safe mode events that change something are written to the database inside their own transaction, about a tenth of a millisecond each, and a killed process loses none of them.';
$string['capturemode_fast'] = 'Fast';
$string['capturemode_safe'] = 'Safe';
$string['check_hub'] = 'Integration Hub: connection';
$string['check_hub_alerts'] = 'Integration Hub: alerts of the hub';
$string['check_outbox_age'] = 'Integration Hub: waiting events';
$string['check_refused_events'] = 'Integration Hub: refused events';
$string['check_subscription_list'] = 'Integration Hub: list of events';
$string['circuit_open'] = 'The circuit of service "{$a}" is open: it does not answer at the moment.';
$string['code'] = 'One-time code';
$string['code_help'] = 'What the command "mih site add" prints on the hub. It can be used once, within an hour.';
$string['connect'] = 'Connect';
$string['connect_again'] = 'This site was connected by an older version of the plugin. Connect it again to see the dashboard.';
$string['connect_failed'] = 'The hub did not accept the connection. {$a}';
$string['connect_how'] = 'Run "mih site add NAME" where the hub runs and enter the code that it prints. On the same machine "mih moodle connect --moodle DIRECTORY" does both.';
$string['connected'] = 'Connected with the hub at {$a}.';
$string['connection'] = 'Connection';
$string['denylist'] = 'Events that are never sent';
$string['denylist_desc'] = 'Event names, one a line; * stands for any run of characters. Changes of settings (\\core\\event\\config_log_created) are never sent, as they carry passwords.';
$string['error_busy'] = 'Another process is changing this at the moment. Try again.';
$string['event_webhook_received'] = 'Message of a service received';
$string['hub'] = 'Address of the hub';
$string['hub_answers'] = 'The hub at {$a} answers.';
$string['hub_away'] = 'The hub at {$a->hub} does not answer; events wait in the outbox. {$a->why}';
$string['hub_desc'] = 'Where this site finds the hub. It is filled in when the site is connected.';
$string['hub_help'] = 'For instance http://127.0.0.1:8085 or unix:/run/mih/mih.sock';
$string['hub_invalid'] = 'Enter http://HOST:PORT, https://HOST or unix:/path/of/socket.';
$string['hub_refuses'] = 'The hub at {$a->hub} does not accept this site; events wait in the outbox. Connect the site again. {$a->why}';
$string['integrationhub:manage'] = 'Manage the Integration Hub';
$string['integrationhub:view'] = 'View the Integration Hub';
$string['is_a_copy'] = 'This is a copy of {$a}: nothing is captured or sent until it is connected itself.';
$string['list_missing'] = 'There is no list of events yet: nothing is captured.';
$string['list_version'] = 'Version {$a}';
$string['not_connected'] = 'This site is not connected with a hub.';
$string['outbox_empty'] = 'No event waits for the hub.';
$string['outbox_waiting'] = '{$a->rows} events wait for the hub, the oldest for {$a->age}.';
$string['pluginname'] = 'Integration Hub';
$string['predecessor'] = 'Original plugin';
$string['predecessor_again'] = 'Take over again';
$string['predecessor_clear'] = 'Empty the original\'s tables';
$string['predecessor_clear_sure'] = 'The five tables of the original plugin will be emptied: services, rules, dead letters, circuits and log. What was refused is lost then. This cannot be undone.';
$string['predecessor_cleared'] = 'The tables are empty.';
$string['predecessor_disabled'] = 'Disabled until it is changed: {$a->name}: {$a->error}';
$string['predecessor_done'] = 'The hub has taken over what the original plugin had ({$a}).';
$string['predecessor_none'] = 'The original plugin has left nothing here.';
$string['predecessor_not_done'] = 'The hub has not taken everything over yet; the tables stay.';
$string['predecessor_notice'] = 'Notice: {$a}';
$string['predecessor_refused'] = 'The hub does not take over what the original plugin had; a manager must ask for it. {$a}';
$string['predecessor_refused_row'] = 'Refused: {$a->name}: {$a->error}';
$string['predecessor_renamed'] = '{$a->from} is called {$a->to} now; calls by the old name still work.';
$string['predecessor_row'] = '{$a->name}: {$a->created} taken over, {$a->unchanged} were there already, {$a->refused} refused';
$string['predecessor_rows_dead_letters'] = 'Dead letters';
$string['predecessor_rows_deliveries'] = 'Queued events';
$string['predecessor_rows_rules'] = 'Rules';
$string['predecessor_rows_services'] = 'Services';
$string['predecessor_waiting'] = 'Services, rules and dead letters of the original plugin wait to be taken over. {$a}';
$string['privacy:hubaway'] = 'The hub could not be reached: what it holds about you is not in this export. Ask for it again later.';
$string['privacy:metadata:hub'] = 'Events are sent to the Integration Hub, which delivers them to the services that the administrators of this site have chosen.';
$string['privacy:metadata:hub:ip'] = 'The address that the request came from.';
$string['privacy:metadata:outbox'] = 'Events that wait for the hub, and events that it refused.';
$string['privacy:metadata:outbox:body'] = 'The event as Moodle recorded it.';
$string['privacy:metadata:outbox:relateduserid'] = 'The user whom the event is about.';
$string['privacy:metadata:outbox:timecreated'] = 'When the event was recorded.';
$string['privacy:metadata:outbox:userid'] = 'The user who did it.';
$string['refused_none'] = 'The hub has refused no event.';
$string['refused_other_site'] = 'Captured by the site that this one was copied from.';
$string['refused_some'] = 'The hub refused {$a->count} events in the last 30 days; the last one because of: {$a->reason}';
$string['service_disabled'] = 'Service "{$a}" is disabled.';
$string['service_not_found'] = 'There is no service "{$a}" in the hub.';
$string['settings'] = 'Settings';
$string['status'] = 'State';
$string['task_consume_responses'] = 'Messages of response queues (done by the hub)';
$string['task_sync'] = 'Send waiting events to the hub';
