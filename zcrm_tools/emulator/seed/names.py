"""Given and family names by culture: plain data, made by hand for this demo, taken from no list of real people.

A name in another script is written `native=romanised`; `_` stands for a space inside a name.
"""

from typing import NamedTuple


class Culture(NamedTuple):
    women: str
    men: str
    family: str


CULTURES: dict[str, Culture] = {
    "english": Culture(
        "Amelia Beth Caroline Charlotte Claire Daisy Eleanor Ellen Emma Fiona Frances Georgia Grace Hannah Harriet "
        "Helen Holly Isla Jane Jessica Joanna Julia Kate Laura Lucy Margaret Martha Megan Molly Naomi Nicola Olivia "
        "Paula Rachel Rebecca Rosie Ruth Samantha Sarah Sophie Stephanie Susan Tamsin Tessa Victoria Zoe",
        "Adam Alan Alexander Andrew Anthony Ben Charles Christopher Colin Craig Daniel David Edward Elliot Frank Gareth "
        "George Graham Harry Henry Ian Jack James Jonathan Joseph Kevin Leo Lewis Luke Malcolm Mark Martin Matthew "
        "Michael Neil Nicholas Oliver Owen Patrick Peter Philip Robert Samuel Simon Stephen Thomas Timothy William",
        "Abbott Aldridge Ashworth Atherton Bairstow Barlow Beckett Birch Blakeley Bowden Bramley Bright Broadbent "
        "Burrows Carver Chadwick Clegg Collier Copeland Crowther Dale Dawson Denham Drake Eastwood Fairburn Fenton "
        "Fielding Garside Gibbons Goddard Greenhalgh Hale Hallam Hargreaves Haworth Hobbs Holroyd Hutchings Ingham "
        "Jessop Kershaw Langley Lister Lockwood Marsden Mellor Merrick Midgley Naylor Newbold Oakes Ogden Palfrey "
        "Pemberton Pickering Prescott Radcliffe Redfern Rigby Rowntree Sadler Selby Shackleton Sharples Slater "
        "Standish Stanworth Sutcliffe Tattersall Thackeray Thorne Tilney Turnbull Uttley Wainwright Walmsley "
        "Whitaker Whitworth Wilding Winstanley Wolstenholme Woodhead Yardley",
    ),
    "american": Culture(
        "Abigail Alexis Allison Amber Ashley Brianna Brooke Camille Cheryl Christina Courtney Danielle Denise Ebony "
        "Elizabeth Erin Heather Imani Jasmine Jennifer Kayla Kendra Kimberly Lauren Leah Lindsay Madison Melissa "
        "Michelle Monique Natalie Nicole Paige Rhonda Shannon Tanya Tiffany Tracy Vanessa Whitney",
        "Aaron Austin Blake Brandon Brian Bryce Caleb Cameron Chad Cody Curtis Darnell Dennis Derek Dwayne Eric Ethan "
        "Garrett Gregory Isaiah Jamal Jason Jeffrey Jeremy Jordan Joshua Justin Keith Kyle Logan Marcus Nathan Randall "
        "Russell Ryan Scott Sean Terrence Todd Travis Tyler Wesley Zachary",
        "Ackerman Banks Barrow Beaumont Bledsoe Boone Brewer Caldwell Calloway Chandler Crawford Dalton Delaney "
        "Dobbins Dunlap Eckhart Ellison Farris Foster Gaines Gentry Hadley Hardin Hendricks Holloway Hubbard Jennings "
        "Keller Kendrick Lambert Lassiter Latham Lowry Maddox Mathis McBride McClure Meeks Montgomery Mooney Norwood "
        "Odom Osborne Parrish Pruitt Rankin Rawlings Rhodes Rollins Rutledge Sawyer Shelton Sloan Spivey Stafford "
        "Stallworth Stoddard Tate Thornton Tillman Underwood Vance Wallace Whitfield Wilkerson Wofford Yates York",
    ),
    "celtic": Culture(
        "Aileen Aisling Aoife Bronagh Caitríona Catriona Ciara Deirdre Eilidh Fionnuala Gráinne Kirsty Mairead Maeve "
        "Morag Niamh Orla Róisín Saoirse Sinéad Siobhán Una",
        "Aidan Alasdair Brendan Callum Cathal Ciarán Conor Cormac Declan Diarmuid Eoin Euan Fergus Finlay Gavin Hamish "
        "Iain Kieran Lorcan Niall Oisín Rory Ruairí Seán Tadhg",
        "Brannigan Carmody Cassidy Corrigan Crosbie Devlin Doherty Dunne Farrell Fitzgerald Flanagan Geraghty Gillespie "
        "Hegarty Keane Lafferty MacAskill MacLeod McAllister McCrory McGuigan McKenna Moriarty Mulligan Nolan O'Dowd "
        "O'Hara O'Leary Ó_Súilleabháin Quigley Rafferty Sheridan Strachan Tierney",
    ),
    "german": Culture(
        "Anja Annika Birgit Carina Claudia Franziska Greta Heike Ines Johanna Jutta Katharina Katrin Lena Lieselotte "
        "Marlene Mareike Nadine Petra Sabine Silke Sonja Svenja Ulrike Ute",
        "Andreas Bernd Carsten Christoph Dieter Dirk Florian Frank Gerhard Günther Hannes Heiko Holger Jannik Jens "
        "Jörg Jürgen Kai Lars Matthias Moritz Rainer Sven Thorsten Tobias Uwe Volker",
        "Ahlers Bachmeier Baumgärtner Behrens Böttcher Brandt Dietz Ehlers Falkenhagen Gärtner Grünwald Hagemann "
        "Heinemann Hölscher Jäger Kaltenbach Kessler Köhler Lindemann Lohmann Möllering Nachtigall Oppermann Pfeiffer "
        "Reinhardt Röttger Schäfer Schönfeld Steinbrecher Tiedemann Uhlig Vollmer Wächter Weißenborn Ziegler",
    ),
    "dutch": Culture(
        "Anouk Annelies Carlijn Eline Esmée Femke Fleur Hanneke Ilse Jantine Lieke Lotte Maartje Marloes Nienke Roos "
        "Saskia Sanne Tess Willemijn",
        "Bart Bas Cees Daan Diederik Floris Gijs Hans Jelle Joost Jurriaan Koen Maarten Niels Pieter Rutger Ruud Sander "
        "Sjoerd Thijs Wouter",
        "Bakhuizen Boersma de_Graaf de_Wit Dijkstra Driessen Hoekstra Hofstede Kuipers Meijerink Noordhoek Oosterveld "
        "Postma Rietveld Schouten Terpstra van_den_Broek van_der_Linden van_der_Veen van_Dongen van_Leeuwen Verhoeven "
        "Vermeer Wiersma Zandstra",
    ),
    "nordic": Culture(
        "Astrid Birgitta Elin Freja Gunilla Hanna Hedda Ida Ingrid Kajsa Karin Kristin Linnea Maja Mette Sigrid Silje "
        "Solveig Tove Ylva Åsa",
        "Anders Arne Bengt Bjørn Eirik Emil Erik Fredrik Gunnar Henrik Håkon Jesper Johan Kasper Lars Magnus Mikkel "
        "Nils Olav Rasmus Rune Søren Torbjörn Ulf Øyvind",
        "Ahlström Bergqvist Bjerke Dahlgren Ekström Engström Fjellheim Forsberg Grønlund Hedlund Hovland Hällgren "
        "Jørgensen Kjeldsen Lindqvist Lundberg Löfgren Moberg Nordahl Nyström Rasmussen Sandvik Skoglund Söderberg "
        "Thorsen Vestergaard Wallin Åkesson",
    ),
    "french": Culture(
        "Adèle Anne-Sophie Aurélie Camille Capucine Céline Clémence Élodie Emmanuelle Fanny Florence Gaëlle Hélène "
        "Inès Laetitia Léa Maëlle Margaux Mathilde Noémie Océane Pauline Sandrine Solène Véronique",
        "Adrien Antoine Baptiste Benoît Bertrand Cédric Clément Damien Étienne Fabrice François Frédéric Gaël Guillaume "
        "Jérôme Jean-Luc Julien Loïc Mathieu Maxime Olivier Pascal Quentin Rémi Sébastien Stéphane Thibault Yann",
        "Archambault Beaulieu Besnard Bourgeois Carpentier Chauvet Colin Courtois Delacourt Deschamps Dufresne Faure "
        "Gagné Gauthier Giraud Guérin Hébert Lachance Lacroix Langlois Le_Bihan Le_Goff Lefèvre Maréchal Mercier "
        "Moreau Noël Pelletier Perrault Pichon Renaud Rousselet Tessier Thibodeau Vaillancourt Vidal",
    ),
    "hispanic": Culture(
        "Alejandra Ana_María Beatriz Carmen Catalina Daniela Elena Esperanza Gabriela Guadalupe Inés Isabel Jimena "
        "Leticia Lorena Lucía Maite Marisol Mónica Natalia Paloma Pilar Rocío Sofía Verónica Ximena Yolanda",
        "Agustín Alejandro Andrés Arturo Benjamín Carlos César Diego Eduardo Emilio Esteban Federico Gonzalo Héctor "
        "Ignacio Iván Javier José_Luis Joaquín Julián Luis Martín Nicolás Óscar Pablo Rafael Ramón Raúl Rubén Sergio",
        "Aguirre Alarcón Álvarez Arroyo Barragán Bermúdez Cárdenas Castañeda Cervantes Delgado Echeverría Espinosa "
        "Figueroa Galindo Guzmán Herrera Ibáñez Jiménez Lozano Maldonado Mendoza Montoya Núñez Ochoa Olivares Pacheco "
        "Peña Quintero Rentería Rosales Salazar Sandoval Suárez Trujillo Urrutia Valdés Villarreal Zamora Zúñiga",
    ),
    "lusophone": Culture(
        "Adriana Aline Bianca Carolina Débora Fernanda Helena Joana Juliana Larissa Letícia Luciana Mariana Patrícia "
        "Renata Tatiana Vitória",
        "Bruno Caio Davi Eduardo Fábio Felipe Gustavo Henrique João Leandro Luís Marcelo Murilo Otávio Paulo Rodrigo "
        "Thiago Vinícius",
        "Almeida Azevedo Barbosa Brandão Cardoso Carvalho Coutinho da_Costa Domingues Fonseca Guimarães Leitão Machado "
        "Magalhães Medeiros Moura Nogueira Pimentel Queiroz Rezende Sampaio Siqueira Tavares Vasconcelos",
    ),
    "italian": Culture(
        "Alessia Bianca Caterina Chiara Elisa Federica Francesca Giada Giulia Ilaria Ludovica Martina Paola Serena "
        "Silvia Valentina",
        "Alessandro Andrea Claudio Davide Edoardo Enrico Fabio Gianluca Giorgio Lorenzo Luca Matteo Michele Niccolò "
        "Paolo Riccardo Stefano Tommaso",
        "Bellini Bonetti Caruso Colombo Costantini D'Amico De_Santis Fabbri Ferrara Galli Guidi Lombardi Mancini "
        "Marchetti Moretti Pellegrini Rinaldi Sartori Tedesco Valenti Zanetti",
    ),
    "polish": Culture(
        "Agnieszka Aleksandra Barbara Bożena Dorota Elżbieta Ewa Grażyna Joanna Justyna Karolina Katarzyna Magdalena "
        "Małgorzata Marta Monika Natalia Wioletta Zofia",
        "Andrzej Bartosz Dariusz Grzegorz Jacek Jakub Janusz Krzysztof Łukasz Maciej Marcin Marek Mateusz Michał Paweł "
        "Piotr Przemysław Rafał Sławomir Tomasz Wojciech Zbigniew",
        "Baran Borkowski Chmiel Dąbek Gajda Głowacki Jabłoński Kaczmarek Kołodziej Krawczyk Kubiak Lis Łuczak Majchrzak "
        "Mazurek Nowicki Olszak Pawlak Piątek Rybak Sikora Sobczak Stępień Szczepaniak Urbaniak Walczak Wójcik Zając",
    ),
    "turkish": Culture(
        "Ayşe Burcu Ceren Defne Derya Ebru Elif Esra Gülsüm Hande Melis Merve Pınar Selin Yasemin Zeynep",
        "Ahmet Barış Burak Can Cem Deniz Emre Eren Hakan Kerem Levent Mehmet Murat Onur Orhan Serkan Tolga Yusuf",
        "Akbulut Aksoy Arslan Aydın Bayraktar Bozkurt Çelik Çetin Demirtaş Doğan Erdem Güneş Kaplan Karaca Kılıç "
        "Korkmaz Özdemir Öztürk Polat Şahin Tekin Toprak Uçar Yıldırım",
    ),
    "arabic": Culture(
        "Amina Amira Dalia Farah Fatima Hala Hanan Huda Iman Layla Lina Maha Maryam Mona Nadia Noura Rania Reem Salma "
        "Samira Yasmin Zainab",
        "Adel Ahmed Ali Amr Bilal Faisal Fadi Hamza Hassan Ibrahim Karim Khalid Mahmoud Majid Mohamed Nabil Omar Rami "
        "Samir Tariq Youssef Ziad",
        "Abdallah Al-Amin Al-Hashimi Al-Khatib Al-Mansoori Al-Rashid Azzam Barakat Bishara Darwish El-Sayed Fakhoury "
        "Haddad Hamdan Issa Jaber Kassem Khoury Mansour Nasser Obeid Qasim Sabbagh Saleh Shaheen Tawfiq Zaki",
    ),
    "indian": Culture(
        "Aarti Ananya Anjali Asha Bhavna Deepa Divya Gayatri Ishita Jyoti Kavita Lakshmi Meera Nandini Neha Pooja Priya "
        "Radhika Rekha Ritu Sangeeta Shreya Smita Sunita Swati Vidya",
        "Aditya Ajay Amit Anand Arjun Ashok Chetan Deepak Girish Harish Karthik Kiran Manish Mohan Nikhil Pranav "
        "Prakash Rahul Rajesh Ravi Rohit Sanjay Siddharth Srinivas Suresh Varun Vikram Vivek",
        "Acharya Agarwal Banerjee Bhattacharya Chaudhary Chopra Dasgupta Deshmukh Deshpande Gokhale Gupta Hegde Iyengar "
        "Iyer Joshi Kamath Kapoor Kulkarni Mahajan Malhotra Mehta Menon Mukherjee Nair Naidu Pai Patel Pillai Rao Reddy "
        "Saxena Shah Sharma Shetty Subramanian Trivedi Varma Venkatesan",
    ),
    "pakistani": Culture(
        "Aisha Bushra Farzana Hina Kiran Maham Nadia Rabia Saba Sadia Sana Shazia Uzma Zara",
        "Adeel Asad Bilal Danish Fahad Haris Imran Junaid Kamran Nadeem Rashid Saad Shahid Usman Waqas Zubair",
        "Akhtar Anwar Aslam Bhatti Butt Chaudhry Dar Ghani Hussain Iqbal Javed Khalid Mahmood Malik Mirza Qureshi Rafiq "
        "Raza Sheikh Siddiqui Yousaf",
    ),
    "west african": Culture(
        "Abena Adaeze Adwoa Amara Bolanle Chiamaka Efua Folake Funmilayo Ifeoma Kehinde Ngozi Nneka Temitope Yetunde "
        "Zainab",
        "Adebayo Akwasi Babatunde Chidi Chinedu Emeka Femi Ikenna Kofi Kwabena Kwame Obinna Olumide Segun Tunde Uche",
        "Abiola Acheampong Adeyemi Adjei Agyeman Akande Amoah Asante Balogun Boateng Chukwu Danso Eze Frimpong Mensah "
        "Nwosu Obi Ofori Ogunleye Okafor Okonkwo Olawale Osei Owusu",
    ),
    "east african": Culture(
        "Achieng Almaz Faith Grace Hiwot Makena Mercy Nyambura Selam Tigist Wanjiru Zawadi",
        "Abebe Baraka Brian Daudi Dawit Juma Kamau Kiprono Otieno Samuel Tesfaye Yonas",
        "Alemu Barasa Bekele Chebet Gebre Kariuki Kimani Kiplagat Mutua Mwangi Ndungu Njoroge Ochieng Odhiambo Tadesse "
        "Wambua",
    ),
    "chinese": Culture(
        "Fang Hui Jia Jing Lan Lihua Mei Min Na Qian Rui Shan Ting Wen Xiaoling Xin Xue Yan Ying Yuting",
        "Bo Chao Feng Gang Hao Jian Jun Kai Lei Liang Ming Peng Qiang Rui Tao Wei Xiang Yang Yifan Zhe",
        "Cai Cao Chan Chen Cheng Deng Ding Fan Feng Gao Guo He Ho Huang Jiang Lau Li Liang Lin Liu Lu Luo Ma Peng Qian "
        "Shen Song Sun Tan Tang Tsai Wang Wei Wong Wu Xie Xu Yang Ye Yu Zeng Zhang Zhao Zheng Zhou Zhu",
    ),
    "vietnamese": Culture(
        "Ánh Diễm Hạnh Hương Lan Linh Mai Ngọc Nhung Phương Thảo Thúy Trang Tuyết Vy Yến",
        "Bảo Đức Dũng Hải Hiếu Hùng Khánh Khoa Long Minh Nam Phong Quang Sơn Thành Trung Tuấn Việt",
        "Bùi Đặng Đinh Đỗ Dương Hồ Hoàng Huỳnh Lê Lý Ngô Nguyễn Phạm Phan Trần Trịnh Võ Vũ",
    ),
    "japanese": Culture(
        "Aiko Akari Asuka Ayumi Chihiro Emi Haruka Hitomi Keiko Kumiko Mai Mayumi Misaki Naoko Sakura Yoko Yuki",
        "Akira Daiki Daisuke Hiroshi Jun Kazuki Kenji Kenta Makoto Naoki Ryo Satoshi Shinji Takashi Takeshi Yusuke",
        "Aoki Fujiwara Hasegawa Hayashi Ikeda Inoue Ishikawa Kimura Kobayashi Matsuda Mori Nakajima Nakamura Okada Ono "
        "Saito Sakamoto Sato Shimizu Suzuki Takahashi Tanaka Uchida Watanabe Yamada Yoshida",
    ),
    "korean": Culture(
        "Eun-ji Hae-won Hye-jin Ji-hye Ji-woo Min-seo Seo-yeon Soo-jin Su-min Yoo-jin Yu-na",
        "Dong-hyun Hyun-woo Jae-won Ji-hoon Jun-ho Kyung-min Min-jun Sang-woo Seung-ho Tae-yang Woo-jin",
        "Ahn Baek Bae Cho Choi Han Hong Hwang Jang Jeon Jung Kang Kim Kwon Lee Lim Moon Noh Oh Park Seo Shin Son Yoon",
    ),
    "southeast asian": Culture(
        "Analyn Cristina Dewi Farah Indah Jasmin Lailani Marites Nurul Putri Rosalie Siti Wulan",
        "Aditya Agus Arif Benedicto Danilo Faizal Hafiz Jomar Reynaldo Rizal Rizky Wahyu Zulkifli",
        "Abdullah Aquino Bautista Dela_Cruz Gunawan Hidayat Ismail Lestari Manalo Pangilinan Pratama Rahman Ramos "
        "Santoso Setiawan Villanueva Wibowo",
    ),
    "greek": Culture(
        "Aikaterini Anna Despina Eleni Georgia Ioanna Katerina Maria Sofia Vasiliki",
        "Alexandros Christos Dimitris Georgios Ilias Ioannis Konstantinos Nikos Panagiotis Stavros Vangelis",
        "Alexiou Antoniou Dimopoulos Georgiou Ioannidis Karagiannis Kontos Manolis Nikolaidis Papadakis Stathopoulos "
        "Vlachos",
    ),
    "slavic": Culture(
        "Anastasia Daria Ekaterina Irina Kateryna Ksenia Larysa Milena Nadia Oksana Olena Svitlana Tetiana Yulia",
        "Alexei Andriy Bohdan Dmytro Ivan Maksym Miloš Mykola Oleksandr Pavlo Serhii Taras Viktor Vladislav Yuriy",
        "Bondarenko Boyko Dvořák Hrytsenko Kovalenko Kravchenko Lysenko Marchenko Melnyk Moroz Novák Oliynyk Petrenko "
        "Popović Rudenko Savchenko Shevchuk Tkachenko Zelenko",
    ),
}

NATIVE: dict[str, Culture] = {
    "japanese": Culture(
        "愛子=Aiko 彩香=Ayaka 恵美=Emi 遥=Haruka 久美子=Kumiko 美咲=Misaki 直子=Naoko さくら=Sakura 優子=Yuko",
        "健太=Kenta 大輔=Daisuke 浩=Hiroshi 誠=Makoto 直樹=Naoki 亮=Ryo 隆=Takashi 雄介=Yusuke 拓也=Takuya",
        "佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 渡辺=Watanabe 小林=Kobayashi 山田=Yamada 斎藤=Saito 松田=Matsuda 石川=Ishikawa "
        "長谷川=Hasegawa 岡田=Okada 中島=Nakajima",
    ),
    "korean": Culture(
        "지혜=Ji-hye 서연=Seo-yeon 수진=Su-jin 민서=Min-seo 유진=Yu-jin 은지=Eun-ji",
        "민준=Min-jun 지훈=Ji-hoon 현우=Hyun-woo 동현=Dong-hyun 상우=Sang-woo 준호=Jun-ho",
        "김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 윤=Yoon 임=Lim 한=Han 오=Oh 서=Seo 권=Kwon",
    ),
    "chinese": Culture(
        "静=Jing 丽华=Lihua 美玲=Meiling 婷=Ting 雪=Xue 雨桐=Yutong 欣=Xin 晓燕=Xiaoyan",
        "伟=Wei 强=Qiang 浩=Hao 建国=Jianguo 志明=Zhiming 俊杰=Junjie 涛=Tao 鹏=Peng",
        "王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 黄=Huang 周=Zhou 吴=Wu 徐=Xu 孙=Sun 林=Lin 郭=Guo 何=He",
    ),
    "arabic": Culture(
        "أمينة=Amina ليلى=Layla فاطمة=Fatima مريم=Maryam نورة=Noura سلمى=Salma هدى=Huda رانيا=Rania",
        "أحمد=Ahmed خالد=Khalid عمر=Omar يوسف=Youssef حسن=Hassan طارق=Tariq كريم=Karim سامر=Samer",
        "الهاشمي=Al-Hashimi حداد=Haddad خوري=Khoury منصور=Mansour درويش=Darwish بركات=Barakat صالح=Saleh "
        "المنصوري=Al-Mansoori قاسم=Qasim",
    ),
    "greek": Culture(
        "Ελένη=Eleni Κατερίνα=Katerina Μαρία=Maria Σοφία=Sofia Ιωάννα=Ioanna Δέσποινα=Despina",
        "Γιώργος=Giorgos Νίκος=Nikos Δημήτρης=Dimitris Αλέξανδρος=Alexandros Σταύρος=Stavros Κώστας=Kostas",
        "Παπαδάκης=Papadakis Γεωργίου=Georgiou Νικολαΐδης=Nikolaidis Αντωνίου=Antoniou Βλάχος=Vlachos "
        "Δημόπουλος=Dimopoulos Αλεξίου=Alexiou",
    ),
    "slavic": Culture(
        "Оксана=Oksana Олена=Olena Катерина=Kateryna Тетяна=Tetiana Ірина=Iryna Світлана=Svitlana",
        "Тарас=Taras Андрій=Andriy Олександр=Oleksandr Дмитро=Dmytro Юрій=Yuriy Богдан=Bohdan",
        "Бондаренко=Bondarenko Коваленко=Kovalenko Ткаченко=Tkachenko Мельник=Melnyk Шевчук=Shevchuk Савченко=Savchenko "
        "Лисенко=Lysenko Мороз=Moroz",
    ),
    "indian": Culture(
        "प्रिया=Priya अंजलि=Anjali सुनीता=Sunita नेहा=Neha कविता=Kavita मीरा=Meera",
        "अमित=Amit राहुल=Rahul संजय=Sanjay विक्रम=Vikram अर्जुन=Arjun दीपक=Deepak",
        "शर्मा=Sharma गुप्ता=Gupta जोशी=Joshi पटेल=Patel मेहता=Mehta कपूर=Kapoor त्रिवेदी=Trivedi",
    ),
    "hebrew": Culture(
        "נועה=Noa מיכל=Michal תמר=Tamar יעל=Yael שירה=Shira",
        "אורי=Uri דניאל=Daniel איתן=Eitan יונתן=Yonatan עמית=Amit",
        "לוי=Levi כהן=Cohen מזרחי=Mizrahi פרידמן=Friedman ביטון=Biton אברהמי=Avrahami",
    ),
    "thai": Culture(
        "สุดา=Suda มาลี=Malee กัญญา=Kanya ปราณี=Pranee",
        "สมชาย=Somchai ประเสริฐ=Prasert อนันต์=Anan วิชัย=Wichai",
        "ศรีสุข=Srisuk วงศ์ทอง=Wongthong จันทร์ดี=Chandee บุญมา=Boonma",
    ),
}

NICKNAMES: dict[str, str] = {
    "Alexander": "Alex", "Andrew": "Andy", "Anthony": "Tony", "Charles": "Charlie", "Christopher": "Chris",
    "Daniel": "Dan", "David": "Dave", "Edward": "Ed", "Elizabeth": "Liz", "Jeffrey": "Jeff", "Gregory": "Greg",
    "Jennifer": "Jen", "Jessica": "Jess", "Jonathan": "Jon", "Joseph": "Joe", "Joshua": "Josh", "Kimberly": "Kim",
    "Katharina": "Kathi", "Margaret": "Maggie", "Matthew": "Matt", "Michael": "Mike", "Nathan": "Nate",
    "Nicholas": "Nick", "Philip": "Phil", "Rebecca": "Becky", "Robert": "Bob", "Samantha": "Sam", "Samuel": "Sam",
    "Siddharth": "Sid", "Stephanie": "Steph", "Stephen": "Steve", "Susan": "Sue", "Thomas": "Tom",
    "Timothy": "Tim", "Victoria": "Vicky", "William": "Bill", "Zachary": "Zach", "Alejandro": "Alex",
    "Francesca": "Fran", "Katarzyna": "Kasia", "Małgorzata": "Gosia", "Guillaume": "Guy",
}  # fmt: skip

# How two families of forms meet in one country: culture, weight. Hand-set, to look like an address book.
MIXES: dict[str, tuple[tuple[str, int], ...]] = {
    "United States": (
        ("american", 44), ("english", 12), ("hispanic", 16), ("indian", 7), ("chinese", 5), ("celtic", 4),
        ("italian", 3), ("german", 2), ("vietnamese", 2), ("korean", 2), ("west african", 2), ("southeast asian", 1),
    ),
    "Canada": (
        ("american", 24), ("english", 24), ("french", 20), ("celtic", 8), ("indian", 8), ("chinese", 7),
        ("pakistani", 3), ("southeast asian", 3), ("slavic", 3),
    ),
    "United Kingdom": (
        ("english", 60), ("celtic", 12), ("indian", 7), ("pakistani", 6), ("polish", 5), ("west african", 5),
        ("chinese", 2), ("italian", 2), ("greek", 1),
    ),
    "Ireland": (("celtic", 66), ("english", 16), ("polish", 8), ("lusophone", 4), ("west african", 3), ("indian", 3)),
    "Germany": (("german", 74), ("turkish", 10), ("polish", 6), ("slavic", 4), ("italian", 3), ("arabic", 3)),
    "France": (("french", 80), ("arabic", 8), ("lusophone", 4), ("italian", 4), ("west african", 4)),
    "Netherlands": (("dutch", 76), ("turkish", 7), ("arabic", 5), ("german", 5), ("southeast asian", 4), ("polish", 3)),
    "Sweden": (("nordic", 84), ("arabic", 6), ("polish", 4), ("turkish", 3), ("slavic", 3)),
    "Spain": (("hispanic", 92), ("lusophone", 5), ("arabic", 3)),
    "Poland": (("polish", 90), ("slavic", 10)),
    "Greece": (("greek", 100),),
    "Ukraine": (("slavic", 100),),
    "United Arab Emirates": (("arabic", 50), ("indian", 26), ("pakistani", 10), ("southeast asian", 9), ("english", 5)),
    "India": (("indian", 96), ("arabic", 4)),
    "Japan": (("japanese", 100),),
    "South Korea": (("korean", 100),),
    "Singapore": (("chinese", 66), ("indian", 14), ("southeast asian", 14), ("english", 6)),
    "Australia": (
        ("english", 52), ("celtic", 14), ("chinese", 8), ("indian", 8), ("italian", 6), ("greek", 6), ("vietnamese", 6),
    ),
    "Brazil": (("lusophone", 86), ("italian", 8), ("japanese", 6)),
    "Mexico": (("hispanic", 100),),
    "Kenya": (("east african", 88), ("indian", 12)),
}  # fmt: skip
