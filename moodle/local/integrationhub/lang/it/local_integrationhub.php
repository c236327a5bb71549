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
 * Texts in Italian.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['alerts_none'] = 'L’hub non segnala alcun avviso.';
$string['cachedef_state'] = 'Ciò che le richieste si comunicano riguardo all\'hub';
$string['call_refused'] = 'L\'hub ha rifiutato la chiamata: {$a}';
$string['capturemode'] = 'Modalità di cattura';
$string['capturemode_desc'] = 'Come gli eventi raggiungono l\'hub. In modalità rapida restano in memoria fino alla fine della richiesta: un processo PHP interrotto perde ciò che non ha inviato. In modalità sicura gli eventi che modificano qualcosa vengono scritti nel database all\'interno della loro transazione, circa un decimo di millisecondo ciascuno, e un processo interrotto non ne perde nessuno.';
$string['capturemode_fast'] = 'Rapida';
$string['capturemode_safe'] = 'Sicura';
$string['check_hub'] = 'Integration Hub: connessione';
$string['check_hub_alerts'] = 'Integration Hub: avvisi dell’hub';
$string['check_outbox_age'] = 'Integration Hub: eventi in attesa';
$string['check_refused_events'] = 'Integration Hub: eventi rifiutati';
$string['check_subscription_list'] = 'Integration Hub: elenco degli eventi';
$string['circuit_open'] = 'Il circuito del servizio "{$a}" è aperto: al momento non risponde.';
$string['code'] = 'Codice monouso';
$string['code_help'] = 'Ciò che il comando "mih site add" mostra sull\'hub. Si può usare una volta, entro un\'ora.';
$string['connect'] = 'Connetti';
$string['connect_again'] = 'Questo sito è stato collegato da una versione precedente del plugin. Collegalo di nuovo per vedere il pannello.';
$string['connect_failed'] = 'L\'hub non ha accettato la connessione. {$a}';
$string['connect_how'] = 'Eseguire "mih site add NOME" dove gira l\'hub e inserire il codice mostrato. Sulla stessa macchina "mih moodle connect --moodle CARTELLA" fa entrambe le cose.';
$string['connected'] = 'Connesso con l\'hub all\'indirizzo {$a}.';
$string['connection'] = 'Connessione';
$string['denylist'] = 'Eventi mai inviati';
$string['denylist_desc'] = 'Nomi di eventi, uno per riga; * sta per qualsiasi sequenza di caratteri. Le modifiche delle impostazioni (\\core\\event\\config_log_created) non vengono mai inviate, perché contengono password.';
$string['error_busy'] = 'Un altro processo lo sta modificando in questo momento. Riprovare.';
$string['event_webhook_received'] = 'Messaggio di un servizio ricevuto';
$string['hub'] = 'Indirizzo dell\'hub';
$string['hub_answers'] = 'L\'hub all\'indirizzo {$a} risponde.';
$string['hub_away'] = 'L\'hub all\'indirizzo {$a->hub} non risponde; gli eventi attendono nella posta in uscita. {$a->why}';
$string['hub_desc'] = 'Dove questo sito trova l\'hub. Viene compilato quando il sito viene collegato.';
$string['hub_help'] = 'Per esempio http://127.0.0.1:8085 oppure unix:/run/mih/mih.sock';
$string['hub_invalid'] = 'Inserire http://HOST:PORTA, https://HOST oppure unix:/percorso/del/socket.';
$string['hub_refuses'] = 'L\'hub all\'indirizzo {$a->hub} non accetta questo sito; gli eventi attendono nella posta in uscita. Connettere di nuovo il sito. {$a->why}';
$string['integrationhub:manage'] = 'Gestire Integration Hub';
$string['integrationhub:view'] = 'Vedere Integration Hub';
$string['is_a_copy'] = 'Questa è una copia di {$a}: nulla viene catturato o inviato finché non viene connessa a sua volta.';
$string['list_missing'] = 'Non c\'è ancora un elenco di eventi: nulla viene catturato.';
$string['list_version'] = 'Versione {$a}';
$string['not_connected'] = 'Questo sito non è connesso con un hub.';
$string['outbox_empty'] = 'Nessun evento attende l\'hub.';
$string['outbox_waiting'] = '{$a->rows} eventi attendono l\'hub, il più vecchio da {$a->age}.';
$string['pluginname'] = 'Integration Hub';
$string['predecessor'] = 'Plugin originale';
$string['predecessor_again'] = 'Riprendere di nuovo';
$string['predecessor_clear'] = 'Svuotare le tabelle del plugin originale';
$string['predecessor_clear_sure'] = 'Le cinque tabelle del plugin originale saranno svuotate: servizi, regole, messaggi falliti, circuiti e registro. Ciò che è stato rifiutato andrà perso. Non si può annullare.';
$string['predecessor_cleared'] = 'Le tabelle sono vuote.';
$string['predecessor_disabled'] = 'Disattivata finché non viene modificata: {$a->name}: {$a->error}';
$string['predecessor_done'] = 'L\'hub ha ripreso ciò che aveva il plugin originale ({$a}).';
$string['predecessor_none'] = 'Il plugin originale non ha lasciato nulla qui.';
$string['predecessor_not_done'] = 'L\'hub non ha ancora ripreso tutto; le tabelle restano.';
$string['predecessor_notice'] = 'Avviso: {$a}';
$string['predecessor_refused'] = 'L\'hub non riprende ciò che aveva il plugin originale; deve chiederlo un gestore. {$a}';
$string['predecessor_refused_row'] = 'Rifiutato: {$a->name}: {$a->error}';
$string['predecessor_renamed'] = '{$a->from} ora si chiama {$a->to}; le chiamate con il vecchio nome funzionano ancora.';
$string['predecessor_row'] = '{$a->name}: {$a->created} ripresi, {$a->unchanged} già presenti, {$a->refused} rifiutati';
$string['predecessor_rows_dead_letters'] = 'Messaggi falliti';
$string['predecessor_rows_deliveries'] = 'Eventi in coda';
$string['predecessor_rows_rules'] = 'Regole';
$string['predecessor_rows_services'] = 'Servizi';
$string['predecessor_waiting'] = 'Servizi, regole e messaggi falliti del plugin originale attendono di essere ripresi. {$a}';
$string['privacy:hubaway'] = 'Non è stato possibile raggiungere l\'hub: ciò che conserva su di lei non è in questa esportazione. La richieda di nuovo più tardi.';
$string['privacy:metadata:hub'] = 'Gli eventi vengono inviati a Integration Hub, che li consegna ai servizi scelti dagli amministratori di questo sito.';
$string['privacy:metadata:hub:ip'] = 'L\'indirizzo da cui è arrivata la richiesta.';
$string['privacy:metadata:outbox'] = 'Eventi che attendono l\'hub ed eventi che ha rifiutato.';
$string['privacy:metadata:outbox:body'] = 'L\'evento come Moodle lo ha registrato.';
$string['privacy:metadata:outbox:relateduserid'] = 'L\'utente a cui si riferisce l\'evento.';
$string['privacy:metadata:outbox:timecreated'] = 'Quando l\'evento è stato registrato.';
$string['privacy:metadata:outbox:userid'] = 'L\'utente che lo ha fatto.';
$string['refused_none'] = 'L\'hub non ha rifiutato alcun evento.';
$string['refused_other_site'] = 'Catturato dal sito da cui questo è stato copiato.';
$string['refused_some'] = 'L\'hub ha rifiutato {$a->count} eventi negli ultimi 30 giorni; l\'ultimo a causa di: {$a->reason}';
$string['service_disabled'] = 'Il servizio "{$a}" è disattivato.';
$string['service_not_found'] = 'Non c\'è alcun servizio "{$a}" nell\'hub.';
$string['settings'] = 'Impostazioni';
$string['status'] = 'Stato';
$string['task_consume_responses'] = 'Messaggi delle code di risposta (lo fa l\'hub)';
$string['task_sync'] = 'Inviare all\'hub gli eventi in attesa';
