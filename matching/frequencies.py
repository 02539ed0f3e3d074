"""How common stems are in French press articles on films: in how many of DOCUMENTS articles each stands.

Made by `python -m benchmarks.frequencies`; stems of fewer than 3 articles are left out and count as rare.
"""

DOCUMENTS = 178

_TABLE = """
174: code
173: 8
131: film
65: heur
61: avait
59: soir
56: parti
55: cent
49: 000 petit
48: cinema
46: euro
45: quatr semain
44: dix robot
42: amell cinq grand sall suit
40: personn public
39: dimanch
38: metrag plac port
37: dernier second titr
35: annonc
34: chez lign long mois puis rest vingt
33: autr chan court huit jeff mars minut
32: canadien ecran franc hier jamai
31: connor equip robbi six
30: devant jeun machin quarant rien samedi
29: dit gratuit
28: nuit pass vendredi
27: demand deuxiem netflix
26: 1 compt histoir mardi
25: eux mise seul sorti
24: donn francai parl trent version
23: 2019 coup droit jeudi main pays plateform policier prochain stephen
22: arriv contr lincoln lundi mill mond pouvoir scen tourn
21: 6 abonn imag mercredi mere propos sign voir
20: 3 city cote march neuf noir pres present sept voix
19: 5 9 affich associ aura automat bon cousin debut enfant faut gens mai maison non onze page programm site spectat
19: tete vill
18: 10 band diffus douz fiction midi ouvert pari recit rendez troisiem venu video
17: 12 2016 4 accord autour bleu doubl haut montr objet partir pris prix studio tient
16: 2 android cart decembr derrier entr lanc matin mon nouvell piec production seanc seri tenu trop
15: beaucoup chain charg effet end entier etudiant fevrier hero mecaniqu million nom part point polic question regard
15: rue saint scienc servic vrai week
14: 15 avril bonn chacun complet connu doit enregistr expliqu garrett novembr oeuvr oui pavani prefer presqu prevu
14: projection quelqu reserv soixant surtout toronto vient visit
13: 11 14 amat ancien automn avez avon ayant blanch chang copi demain depart dessin disqu edition entrepris essai
13: exemplair famill festival gagn gardien moment numero octobr offr parmi produit roug temp trouv
12: 21 22 achet arret aucun canadienn chien chiffr cine contrat demi dossier edit electriqu elev fich fond licenc
12: mieux nant offert parait plan printemp product projet publi rendu societ soit suivant thriller tire
11: 18 2025 99 age anim argent aurait avaient bas belg belgiqu class cout creation date directric dollar dron enseign
11: ensembl face figur final financ fort francais gliss idee inspir invit janvier jeu joue journ lieu messag mis
11: moiti nouveau ouvrier photo rang recu retrait suiss usin vendu
10: affair agit aujourd belcin benevol boit budget catalogu choix cinquant consacr cour direct disponibl documentair
10: eclair ecol enfin fils fut group homm hui livr manqu minuit montreal oreill original parent parler passag precis
10: president propr realis reclam savoir simpl telephon television visag
9: 19 20 americain antenn assur autoris bout cafe canal cas cass certain chos cite collect desormai diffusion
9: distribut doigt dons dos dure ensuit erreur esper fabriqu fallait fete font forc form genr grac gros guardian
9: hiver install internaut juin kang langu lecon list longu metal model moi mot namur officiel oper origin ouvr
9: personnag pose precedent quai quant quinz souhait suivi sung taill total tournag travail vent vieux vise voisin
9: volet
8: 17 2024 27 29 30 accueil achat acteur atelier attendu bell bellecomb blanc canada chapitr chef circuit clair
8: client coeur coll communiqu compri concour concurrent cru dessu dout durant ecrit entract episod exploit fabric
8: fichier foul foyer francophon geant hors jury just lect lit membr merci metr metropol milieu moyenn muse national
8: negoci neuviem oeil ontario ordinair ouvertur pere pied pist plutot post pourtant prend press pret quatriem racont
8: raison regl relev rencontr retrouv serait sieg sort sujet tele text tier tomb tour type visionnag
7: 140 16 200 2020 24 34 400 50 69 7 abord adolescent adult affichait aill ajout ancienn anticip appel attend aupr
7: avai avis beau billet boitier bord boutiqu braquag bus cabin carton casqu citoyen coffret colleg comedien
7: condition control costum courant curieux davantag debat defi depass devoil document doublag electricit environ
7: etabliss etud fans feu fidel fini fixe fourgon generiqu goeland gris ile import indiqu infirmier inform interess
7: interrog laiss lettr leve local lorsqu lumier lyon meill merit millier mont nebul nee operat parcour parking
7: passer paum perdu plaid polar possed pratiqu premier prof promet psyk puisqu quebec reed repondu repons resultat
7: resum retour revanch saga saison seront silenc somm surpris tabl tableau telekinesist them tirag torontoi touch
7: train uniqu vedett vend verdict verra vote
6: 23 26 28 58 accompagn adress allianc altavi analys aout appareil arme attendait auteur base bilan brum bruxell
6: bulletin capabl caus celebr centain centr chantier chercher choisi ciel cinebull combl comedi commission compagni
6: concern confirm connait decision decor decouvert deguis detail direction distribu don drogu drol echang ecout
6: elodi engin envoy essaim etai exist exposition extrait fait fantastiqu fauteuil ferm flic gulamgau hall illustr
6: imagin imprim independant intitul journalier jure kilo lever lill limit lire livret lumen manifest metalliqu
6: mondial moyen mur namuroi neig nez nombr noms note nouveaut numeriqu obtenir occasion ontarien ordinat organisat
6: palmar payer pens plafond plein plie plupart portrait possibl pourra pourront prepar presenc profess professionnel
6: profit quartier rappel reclament region remplac renn rentr repliqu retv reuni role sirena sommet streaming suis
6: techniqu test ton toujour travaill trimestr univer visibl visuel vont yeux
5: 13 150 187 1er 2021 25 300 45 500 60 600 85 anglai anonym applaudi ardois arrier articul assuranc atteint
5: attendant autant avou bar barr bat blind bonu bruit calcul camera campagn capt caracter cede centimetr central
5: cherch cineast cinephil cle clin club collectionn collegu colmar commenc comptez confi conseil conserv couliss
5: courriel devenu devient devront different dii dire discussion distanc donat dote duo eau egal embauch enseignant
5: entendu estim etabli etap etincell explic expos facon fact facult fallu fameux fil fill fillett foll frer froid
5: gamin garcon gard gare grill guis habitud imaginair inaugur inconnu indiegogo industri inedit inscription
5: interpret invers issu jusqu lamp lausann lieg loir longtemp maman maquett marin mene mention menu mesur met
5: montrer mots noel nomm nord nul numerot oblig ordr organis ottawa papier parlait partag participant passera paye
5: pein permi peur plateau poch pourrait prevenu principal priv project promi publiqu quarantain quatorz quebecoi
5: radio rappelon rare rayon recent recett recrut rembours revenu revu rochat salari scenario sequenc silhouett
5: social souscript specialis spectacl succ suivr technicien tension toit tomber tort tranch transform travaux unit
5: vaut vers vert veut vide viennent vitrin voit volontair volt voyag vue western
4: 21h10 31 38 410 62 640 absent acce accent accessibl accessoir achev acqui action adopt ados affluenc aide aime
4: album amis anniversair annuell annul applic apport art artistiqu associatif assum atlantiqu attendent attent
4: audienc authentiqu avanc aventur badg ball bassin bati berr besoin bientot blu bois bours braqu bras breton bricol
4: cabinet cagnott caiss cantin cascad cell champ champagn chat cher circul classiqu clic clou code8 command comment
4: communaut conclu consomm construit contribut convaincr couloir couvertur cran critiqu crois cuir cuisin debout
4: decid demarch demeur destin devait diplom discrimin disent douarnenez dram ecart echeanc eclairag emplac emploi
4: employ emprunt engag entendr entrer envi envol epoqu equivalent etat europeenn evoqu excus exempl exercic
4: exploitant familial faudra femm file franchis frit general gest givr grenobl helen hopital horizon houill incident
4: indic ingeni institutric interet interi internet interrompu intrigu ira italien joint juge kilometr lach lampadair
4: lantern largu laser lendemain loin lumin lyonnai maell magasin mal malais mans marathon marquet maud menac
4: mentionn metier meus micro minorit moindr monsi montag montant mosaiqu mouss muscl musiqu observ obtenu occup
4: ontarienn opus outr ouvrag ouvrir overload papillon pareill parfoi partition partout passionn patron peint
4: petition peuvent pile pixel placard plui precommand proch professeur propo provient publicit publicitair quadruped
4: quart quitt rappell ray realisat recens reconnait recul recuper referenc regional relanc remi rempli reparti
4: repond report represent respect responsabl restant resteront retir reunion revel rire rond rumeur ryan rythm sacr
4: sait salu sant saut scolair secour secret servit seuil signal situ soigner soixantain sonor sortir souvenir
4: special superieur suppl system tanguy taubert telekinesi telespectat televis tenait tiroir torontois tourner
4: tramway traver trentain troph universit vacanc vendr voient volontier voulu voyant vues vus yann
3: 05 180 2017 2018 2023 2026 20h50 32 340 40 412 42 420 44 480 620 74 800 81 840 876 90 900 abeill accroch accueilli
3: acier acquer acte actualit adapt ador agenc air aisn ait alert algorithm allez ameriqu anger animal anne annuair
3: apparait apparition apparu appliqu appreci apprend appri appui armur articl artisan assi assoupi astuc attention
3: attir aube aubrac audit auraient aurelien automatis avion bal balai bambin banqu baptis bass batteri bedard
3: benefic benefici benmoussa bete bis bonh bott bouch boucl bougi boulot brass bref bretonn brin brioch bureau
3: camionnett camp canap capital carcass case castagnet categori chaud cheveux chip chroniqu chut cinematographiqu
3: civil clemenc coin collegien combien comedienn comit commercant commissair communautair comport composit comprend
3: compter concurrenc conferenc confondu confrer connaissait connaitr consenti conserveri constat constitu consult
3: cont contact contrair convention copeau cord core cornet corp coucou coul coupl courag cours crim croir croit
3: cultur curiosit damsel debarqu decrit decroch dedan defaut definition dela delvaux dent deplac deposer detient
3: devoir dialogu difficil dign dizain dormir durera dvd ecolier ecouter effectu electricien electroniqu emballag
3: emission emport encan enceint encr enquet entend entretien epaul epuis esch espac esperait essentiel etag etal
3: etant eteint etienn etonn etonnant europeen even exception exclusivit existait experienc fabl faibl faisait fanfar
3: farida fatigu faux fer ferraill ferrand fichag fier fige figurant fonctionn fondatric frai frigo frisson fruit
3: fuit futur futurist gaetan gagner galett gant garder gauch gener genev genevois gestionnair gramm graphist grav
3: habitant habitu halo hangar hauss hold honn hotel humain identit idris ignoraient illustratric imaginez immediat
3: immeubl impossibl impression inaccessibl inclus industriel industriell initial inscrit instant institut integral
3: international interpell inutil isol ixell jamb jaser jaun jean joie joli jouer joueur kervella kevin kone label
3: lachanc lancer laquell laureat lectur lejeun lemanicon lent lequel libr librairi liegeoi locaux loger loi lot ludi
3: luxembourgeoi lyce maily maintenant maitr malad manga maquill marqu masqu match mauvais mecen mechant mediathequ
3: medical meme memoir mer method metropoli mettr metz mineur ministr mode modest monter montrent multipli mutant
3: nadeg naissanc natur net nocturn notamment obeir obeit officiell ombr organism oubli oublier ouest ovation paie
3: pain pair paniqu panneaux paraph parrain partenair particip participatif particulier pascal passion patienc
3: patient patronn patrouill patt pauvr payant pech pedagogiqu perd permet pese petipouss phras pizza plafonn plant
3: plaqu plastiqu podium poid poisson poissonnier popul portera portion pouc pourchass pouvait prefectur pren prendra
3: prenez prennent presid pressag preuv prevoir prevoit prevoyez prim princip principaux procedur profession
3: professionnell programmat prolong promess promotion proportion proprietair prothes prouv prudenc quebecois quentin
3: quotidien raconter rallum rappellent rapport rassembl rate rattrapag ravin recalcitrant recherch reclamer recoit
3: recolt recompens reconnaissanc record redaction rediffusion reflechit regret regroup remont remport renonc
3: renouvel reportag reprendr repris reseau resist restait restent restera retenu retrouvent reunit revendiqu revenir
3: revient rideau riot rive romand sabin sac salon sang sarrazin sarth sauf sauver scor selection selfi sembl sens
3: septembr septiem sergent serr serv servi sillon sinon soi soignant solang soleil solenn sollicit sombr sommeil
3: sonn soud souffl soupir sourc sourit souscription soutenu souvent spot stagiair star stassart station sucr
3: supplementair surhomm surveillanc synthes talent tapi tarif tchequ telecharg telecommand tend tendanc territoir
3: tes ticket tiendra tirer tombent tond toutefoi tract traduction traduit trafic trait trancher transformer treboul
3: tresor tribunal tron troqu truc vais valmer vandamm veill vein verifi verront vest vider vie viendra vigneron
3: vignett vingtain vit vite vocal volant voue voulaient voulait web
"""

FREQUENCIES = {
    stem: int(count) for line in _TABLE.split("\n") if line for count, _, all_stems in [line.partition(": ")]
    for stem in all_stems.split()
}  # fmt: skip
