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
 * Texts in French.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['alerts_none'] = 'Le hub ne signale aucune alerte.';
$string['cachedef_state'] = 'Ce que les requêtes se communiquent au sujet du hub';
$string['call_refused'] = 'Le hub a refusé l\'appel : {$a}';
$string['capturemode'] = 'Mode de capture';
$string['capturemode_desc'] = 'Comment les événements parviennent au hub. En mode rapide, ils restent en mémoire jusqu\'à la fin de la requête : un processus PHP interrompu perd ce qu\'il n\'a pas envoyé. En mode sûr, les événements qui modifient quelque chose sont écrits dans la base de données au sein de leur propre transaction, environ un dixième de milliseconde chacun, et un processus interrompu n\'en perd aucun.';
$string['capturemode_fast'] = 'Rapide';
$string['capturemode_safe'] = 'Sûr';
$string['check_hub'] = 'Integration Hub : connexion';
$string['check_hub_alerts'] = 'Integration Hub : alertes du hub';
$string['check_outbox_age'] = 'Integration Hub : événements en attente';
$string['check_refused_events'] = 'Integration Hub : événements refusés';
$string['check_subscription_list'] = 'Integration Hub : liste d\'événements';
$string['circuit_open'] = 'Le circuit du service « {$a} » est ouvert : il ne répond pas pour le moment.';
$string['code'] = 'Code à usage unique';
$string['code_help'] = 'Ce qu\'affiche la commande « mih site add » sur le hub. Utilisable une fois, pendant une heure.';
$string['connect'] = 'Connecter';
$string['connect_again'] = 'Ce site a été connecté par une version antérieure du plugin. Connectez-le à nouveau pour voir le tableau de bord.';
$string['connect_failed'] = 'Le hub n\'a pas accepté la connexion. {$a}';
$string['connect_how'] = 'Exécutez « mih site add NOM » là où tourne le hub et saisissez le code affiché. Sur la même machine, « mih moodle connect --moodle DOSSIER » fait les deux.';
$string['connected'] = 'Connecté au hub à l\'adresse {$a}.';
$string['connection'] = 'Connexion';
$string['denylist'] = 'Événements jamais envoyés';
$string['denylist_desc'] = 'Noms d\'événements, un par ligne ; * remplace toute suite de caractères. Les changements de réglages (\\core\\event\\config_log_created) ne sont jamais envoyés, car ils contiennent des mots de passe.';
$string['error_busy'] = 'Un autre processus le modifie en ce moment. Réessayez.';
$string['event_webhook_received'] = 'Message d’un service reçu';
$string['hub'] = 'Adresse du hub';
$string['hub_answers'] = 'Le hub à l\'adresse {$a} répond.';
$string['hub_away'] = 'Le hub à l\'adresse {$a->hub} ne répond pas ; les événements attendent dans la boîte d\'envoi. {$a->why}';
$string['hub_desc'] = 'Où ce site trouve le hub. Rempli lors de la connexion du site.';
$string['hub_help'] = 'Par exemple http://127.0.0.1:8085 ou unix:/run/mih/mih.sock';
$string['hub_invalid'] = 'Saisissez http://HÔTE:PORT, https://HÔTE ou unix:/chemin/du/socket.';
$string['hub_refuses'] = 'Le hub à l\'adresse {$a->hub} n\'accepte pas ce site ; les événements attendent dans la boîte d\'envoi. Connectez à nouveau le site. {$a->why}';
$string['integrationhub:manage'] = 'Gérer Integration Hub';
$string['integrationhub:view'] = 'Voir Integration Hub';
$string['is_a_copy'] = 'Ceci est une copie de {$a} : rien n\'est capturé ni envoyé tant qu\'elle n\'est pas connectée elle-même.';
$string['list_missing'] = 'Il n\'y a pas encore de liste d\'événements : rien n\'est capturé.';
$string['list_version'] = 'Version {$a}';
$string['not_connected'] = 'Ce site n\'est pas connecté à un hub.';
$string['outbox_empty'] = 'Aucun événement n\'attend le hub.';
$string['outbox_waiting'] = '{$a->rows} événements attendent le hub, le plus ancien depuis {$a->age}.';
$string['pluginname'] = 'Integration Hub';
$string['predecessor'] = 'Plugin d\'origine';
$string['predecessor_again'] = 'Reprendre à nouveau';
$string['predecessor_clear'] = 'Vider les tables du plugin d\'origine';
$string['predecessor_clear_sure'] = 'Les cinq tables du plugin d\'origine seront vidées : services, règles, messages en échec, circuits et journal. Ce qui a été refusé sera perdu. C\'est irréversible.';
$string['predecessor_cleared'] = 'Les tables sont vides.';
$string['predecessor_disabled'] = 'Désactivée jusqu\'à sa modification : {$a->name} : {$a->error}';
$string['predecessor_done'] = 'Le hub a repris ce qu\'avait le plugin d\'origine ({$a}).';
$string['predecessor_none'] = 'Le plugin d\'origine n\'a rien laissé ici.';
$string['predecessor_not_done'] = 'Le hub n\'a pas encore tout repris ; les tables restent.';
$string['predecessor_notice'] = 'Remarque : {$a}';
$string['predecessor_refused'] = 'Le hub ne reprend pas ce qu\'avait le plugin d\'origine ; un gestionnaire doit le demander. {$a}';
$string['predecessor_refused_row'] = 'Refusé : {$a->name} : {$a->error}';
$string['predecessor_renamed'] = '{$a->from} s\'appelle maintenant {$a->to} ; les appels avec l\'ancien nom fonctionnent toujours.';
$string['predecessor_row'] = '{$a->name} : {$a->created} repris, {$a->unchanged} déjà présents, {$a->refused} refusés';
$string['predecessor_rows_dead_letters'] = 'Messages en échec';
$string['predecessor_rows_deliveries'] = 'Événements en attente';
$string['predecessor_rows_rules'] = 'Règles';
$string['predecessor_rows_services'] = 'Services externes';
$string['predecessor_waiting'] = 'Les services, règles et messages en échec du plugin d\'origine attendent d\'être repris. {$a}';
$string['privacy:hubaway'] = 'Le hub n\'a pas pu être joint : ce qu\'il détient à votre sujet ne figure pas dans cet export. Demandez-le à nouveau plus tard.';
$string['privacy:metadata:hub'] = 'Les événements sont envoyés à Integration Hub, qui les transmet aux services choisis par les administrateurs de ce site.';
$string['privacy:metadata:hub:ip'] = 'L\'adresse d\'où provient la requête.';
$string['privacy:metadata:outbox'] = 'Événements qui attendent le hub et événements qu\'il a refusés.';
$string['privacy:metadata:outbox:body'] = 'L\'événement tel que Moodle l\'a enregistré.';
$string['privacy:metadata:outbox:relateduserid'] = 'L\'utilisateur concerné par l\'événement.';
$string['privacy:metadata:outbox:timecreated'] = 'Le moment où l\'événement a été enregistré.';
$string['privacy:metadata:outbox:userid'] = 'L\'utilisateur qui l\'a fait.';
$string['refused_none'] = 'Le hub n\'a refusé aucun événement.';
$string['refused_other_site'] = 'Capturé par le site dont celui-ci est la copie.';
$string['refused_some'] = 'Le hub a refusé {$a->count} événements ces 30 derniers jours ; le dernier à cause de : {$a->reason}';
$string['service_disabled'] = 'Le service « {$a} » est désactivé.';
$string['service_not_found'] = 'Il n\'y a pas de service « {$a} » dans le hub.';
$string['settings'] = 'Réglages';
$string['status'] = 'État';
$string['task_consume_responses'] = 'Messages des files de réponse (fait par le hub)';
$string['task_sync'] = 'Envoyer au hub les événements en attente';
