"""Makes small tokenizers and the token ids the Python `tokenizers` library gives for odd texts (test/golden/tokenizers).

How to run (seconds):
    python3 -m venv /tmp/tokvenv && /tmp/tokvenv/bin/pip install tokenizers transformers sentencepiece protobuf
    /tmp/tokvenv/bin/python test/reference/tokenizer_golden.py

Each golden folder holds tokenizer.json, tokenizer_config.json and expected.json: [{"text", "ids", "cut"}], where `cut` is the
encoding truncated to 12 tokens. The vocabularies are trained on the texts below and a few pages of the corpus's style of prose,
so that they hold frequent words whole, rare words in pieces and some characters not at all. The trainers break ties at random:
a new run gives other ids, tokenizer and expectations together.
The XLM-R tokenizer uses sentencepiece's own nmt_nfkc character map, as the real one does; the map (300 kB) is left out of the
stored file because @xenova/transformers computes the same thing without it.
"""
import hashlib, io, json, os
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as sentencepiece_model
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

OUT = os.path.join(os.path.dirname(__file__), '..', 'golden', 'tokenizers')

PROSE = '''
The router restarts after the update. How do I reset my password? Open Settings and choose Reset password.
Refunds are paid within five working days to the card used for the order. A refund cannot be cancelled.
Error E4304 means that the printer has no paper; load paper and press Continue. Error E4305: paper jam.
Your invoice shows the VAT number, the date and the sum. Invoices are kept for ten years. Don't delete them.
路由器更新后会自动重启。如何重置我的密码？打开设置，选择“重置密码”。退款将在五个工作日内退回原支付卡。
错误代码E4304表示打印机缺纸，请装入纸张后按“继续”。发票上有税号、日期和金额，发票保存十年。
我们的客服时间为周一至周五九点到十八点。如果订单尚未发货，可以取消订单并申请全额退款。
Le café est fermé à Noël. Straße und Größe. Ο ΟΔΟΣ και η οδός. Привет, мир! パスワードを忘れた場合。
'''.strip().split('\n')

TEXTS = [
    'How do I reset my password?',
    '  leading,  double   and trailing spaces  ',
    'tab\tand\nline\r\nends\u2028too\u00a0nbsp\u3000wide',
    '如何重置我的密码？',
    '退款E4304如何取消，订单 2024-11-05 已发货。',
    'Café NOËL naïve Straße GRÖSSE İstanbul',
    'cafe\u0301 decomposed, ﬁne ligature ①② ﾊﾝｶｸ ＦＵＬＬ　ｗｉｄｔｈ ～',
    'ΟΔΟΣ οδός',
    '😀 emoji 👨‍👩‍👧‍👦 family 🇩🇪 and 😀😀 twice',
    '𠀀𠀁𪚥 rare ideographs 㐀',
    '☃☂ ☃ snow',
    'zero\u200bwidth\u00adsoft\ufeffbom\u0000nul\u0007bell\ufffdbad',
    'private\ue000use un\u0378assigned ver\u000btical form\u000cfeed next\u0085line variation\ufe0f',
    "don't can't it's E4304's C++ a_b a-b a/b https://example.com/x?y=1&z=2",
    'supercalifragilisticexpialidocious ' + 'x' * 120,
    '[CLS] inside [SEP] the [MASK] text <s> and </s> and <mask> and <pad>',
    'Привет, мир! パスワードを忘れた場合 안녕하세요 नमस्ते ไทย',
    '',
    '   ',
    '。',
    'The router restarts after the update. ' * 8,
    '路由器更新后会自动重启。' * 8,
]


def store(name, tokenizer, config, strip=None):
    """Writes one golden folder; `strip` edits the stored tokenizer JSON."""
    folder = os.path.join(OUT, name)
    os.makedirs(folder, exist_ok=True)
    expected = []
    for text in TEXTS:
        tokenizer.no_truncation()
        ids = tokenizer.encode(text).ids
        tokenizer.enable_truncation(12)
        expected.append({'text': text, 'ids': ids, 'cut': tokenizer.encode(text).ids})
    tokenizer.no_truncation()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **config)
    assert [fast(e['text'])['input_ids'] for e in expected] == [e['ids'] for e in expected], name
    data = json.loads(tokenizer.to_str())
    if strip:
        strip(data)
    for file, value in (('tokenizer.json', data), ('tokenizer_config.json', config), ('expected.json', expected)):
        with open(os.path.join(folder, file), 'w', encoding='utf-8') as out:
            json.dump(value, out, ensure_ascii=False, indent=None, separators=(',', ':'))
            out.write('\n')
    print(name, tokenizer.get_vocab_size(), {f: os.path.getsize(os.path.join(folder, f)) for f in sorted(os.listdir(folder))})


def wordpiece(lowercase):
    """BERT: BertNormalizer, BertPreTokenizer, WordPiece, [CLS] A [SEP]."""
    special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
    tokenizer = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(PROSE, trainers.WordPieceTrainer(vocab_size=700, min_frequency=1, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', pair='[CLS] $A [SEP] $B:1 [SEP]:1', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
    names = dict(unk_token='[UNK]', cls_token='[CLS]', sep_token='[SEP]', pad_token='[PAD]', mask_token='[MASK]')
    return tokenizer, dict(tokenizer_class='BertTokenizer', do_lower_case=lowercase, model_max_length=512, **names)


def xlmr():
    """XLM-R: Precompiled, WhitespaceSplit + Metaspace, Unigram, <s> A </s>; pad 1, unk 3."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(PROSE), model_writer=model, vocab_size=420, character_coverage=0.995, model_type='unigram',
        hard_vocab_limit=False, minloglevel=2)
    proto = sentencepiece_model.ModelProto.FromString(model.getvalue())
    vocabulary = [('<s>', 0.0), ('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0)]
    vocabulary += [(p.piece, p.score) for p in proto.pieces[3:]] + [('😀', -9.5), ('<mask>', 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement='▁', prepend_scheme='always')])
    tokenizer.add_special_tokens(['<s>', '<pad>', '</s>', '<unk>', AddedToken('<mask>', lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='<s> $A </s>', pair='<s> $A </s> </s> $B </s>', special_tokens=[('<s>', 0), ('</s>', 2)])
    names = dict(bos_token='<s>', eos_token='</s>', sep_token='</s>', cls_token='<s>', unk_token='<unk>', pad_token='<pad>', mask_token='<mask>')
    return tokenizer, dict(tokenizer_class='XLMRobertaTokenizer', model_max_length=512, **names)


def drop_charsmap(data):
    data['normalizer']['precompiled_charsmap'] = ''


def bpe():
    """RoBERTa: byte-level BPE, <s> A </s>."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>']
    tokenizer.train_from_iterator(PROSE, trainers.BpeTrainer(
        vocab_size=500, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.RobertaProcessing(('</s>', 2), ('<s>', 0), add_prefix_space=False)
    names = dict(bos_token='<s>', eos_token='</s>', sep_token='</s>', cls_token='<s>', unk_token='<unk>', pad_token='<pad>', mask_token='<mask>')
    return tokenizer, dict(tokenizer_class='RobertaTokenizer', model_max_length=512, **names)


def words():
    """Our own kind: Unigram over runs of CJK, digits, letters and single symbols, without word-boundary marks."""
    from tokenizers import Regex
    special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
    cjk = '㐀-䶿一-鿿'
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r'[\u0000-\u0008\u200b-\u200f\ufeff]'), '')])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Split(Regex(rf'[{cjk}]+|\p{{N}}+|(?:(?![{cjk}])[\p{{L}}\p{{M}}])+|.'), 'isolated')])
    tokenizer.train_from_iterator(PROSE, trainers.UnigramTrainer(vocab_size=420, special_tokens=special, unk_token='[UNK]', show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', pair='[CLS] $A [SEP] $B:1 [SEP]:1', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
    names = dict(unk_token='[UNK]', cls_token='[CLS]', sep_token='[SEP]', pad_token='[PAD]', mask_token='[MASK]')
    return tokenizer, dict(tokenizer_class='PreTrainedTokenizerFast', model_max_length=512, **names)


def embedded():
    """Ids of our own embedded tokenizer, with its checksum, so that a new vocabulary asks for a new run of this script."""
    path = os.path.join(os.path.dirname(__file__), '..', '..', 'models', 'kb-recall-small', 'tokenizer.json')
    if not os.path.exists(path):
        return
    tokenizer = Tokenizer.from_file(path)
    folder = os.path.join(OUT, 'kb-recall-small')
    os.makedirs(folder, exist_ok=True)
    with open(path, 'rb') as file:
        checksum = hashlib.sha256(file.read()).hexdigest()
    with open(os.path.join(folder, 'expected.json'), 'w', encoding='utf-8') as out:
        texts = [{'text': text, 'ids': tokenizer.encode(text).ids} for text in TEXTS + PROSE]
        json.dump({'sha256': checksum, 'texts': texts}, out, ensure_ascii=False, separators=(',', ':'))
        out.write('\n')


store('bert-uncased', *wordpiece(True))
store('bert-cased', *wordpiece(False))
store('xlm-roberta', *xlmr(), strip=drop_charsmap)
store('roberta', *bpe())
store('words', *words())
embedded()
