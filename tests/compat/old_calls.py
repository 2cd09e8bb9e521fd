"""Old calls, and the modern calls that give the same object: rows for test_arguments.py.

A group is a call with a gap, and what stands in the gap: old | modern, or old ! words of the refusal.
"""

KERNEL = """
init='uniform' | kernel_initializer='uniform'
init='normal' | kernel_initializer=RandomNormal(stddev=0.05)
init='orthogonal' | kernel_initializer=Orthogonal(gain=1.1)
init='glorot_normal' | kernel_initializer=VarianceScaling(1.0, 'fan_avg', 'untruncated_normal')
init='he_normal' | kernel_initializer=VarianceScaling(2.0, 'fan_in', 'untruncated_normal')
init='zero' | kernel_initializer='zeros'
W_regularizer='l2' | kernel_regularizer='l2'
W_regularizer='l1l2' | kernel_regularizer=L1L2(0.01, 0.01)
W_constraint='nonneg' | kernel_constraint='non_neg'
"""
BIAS = """
b_regularizer=l1(l=0.1) | bias_regularizer=l1(0.1)
b_constraint=MaxNorm(m=3) | bias_constraint=MaxNorm(3)
bias=False | use_bias=False
"""
FORMAT = """
dim_ordering='th' | data_format='channels_first'
dim_ordering='tf' | data_format='channels_last'
dim_ordering='default' | data_format=None
"""
BORDER = """
border_mode='same' | padding='same'
border_mode='full' ! padding
"""
SEQUENCE = """
input_dim=5, input_length=7 | input_shape=(7, 5)
input_dim=5 | input_shape=(None, 5)
input_length=7 | input_shape=(7, None)
input_length=7, input_shape=(7, 5) | input_shape=(7, 5)
"""
GATES = """
output_dim=3 | units=3
init='uniform', output_dim=3 | units=3, kernel_initializer='uniform'
inner_init='orthogonal', output_dim=3 | units=3, recurrent_initializer=Orthogonal(1.1)
W_regularizer='l2', output_dim=3 | units=3, kernel_regularizer='l2'
W_constraint='non_neg', output_dim=3 | units=3, kernel_constraint='non_neg'
U_regularizer='l2', output_dim=3 | units=3, recurrent_regularizer='l2'
b_regularizer='l1', output_dim=3 | units=3, bias_regularizer='l1'
dropout_W=0.2, output_dim=3 | units=3, dropout=0.2
dropout_U=0.3, output_dim=3 | units=3, recurrent_dropout=0.3
consume_less='gpu', output_dim=3 | units=3, implementation=2
consume_less='cpu', output_dim=3 | units=3, implementation=1
consume_less='mem', output_dim=3 | units=3, implementation=1
time_major=False, output_dim=3 | units=3
time_major=True, output_dim=3 ! swapaxes
"""
INNER = """
inner_activation='hard_sigmoid' | recurrent_activation='old_hard_sigmoid'
inner_activation='tanh' | recurrent_activation='tanh'
"""
FORGET = """
forget_bias_init='one' | unit_forget_bias=True
forget_bias_init='zero' | unit_forget_bias=False
forget_bias_init='normal' ! unit_forget_bias=True or False
"""
RATE = """
lr=0.5 | learning_rate=0.5
decay=0.1 | decay=0.1
jit_compile=True |
jit_compile=False ! compile(jit_compile=False)
is_legacy_optimizer=False |
gradient_aggregator=None |
gradient_transformers=None |
gradient_transformers=[1] ! train_step
"""
STRIDE = "pool_length=3 | pool_size=3\nstride=1 | 2, strides=1"
WINDOW = BORDER + FORMAT
ROWS_COLUMNS = "nb_row=3, nb_col=5 | kernel_size=(3, 5)\nnb_row=3 ! nb_col"

GROUPS: list[tuple[str, str]] = [
    (
        "Layer({})",
        "input_dtype='int32' |\nexperimental_autocast=False | autocast=False",
    ),
    ("Layer({})", "dynamic=False |\ndynamic=True ! run_eagerly=True"),
    ("Dense({})", "output_dim=3 | units=3"),
    ("Dense(3, {})", KERNEL + BIAS),
    ("Dense({})", "3, 'uniform', 'relu' | 3, kernel_initializer='uniform', activation='relu'"),
    ("Dense({})", "3, output_dim=4 ! two names of one thing"),
    ("Dense({})", "outptu_dim=3 ! units"),
    ("Layer({})", "activity_regularizer='activity_l2' | activity_regularizer=L1L2(0.0, 0.01)"),
    ("Dense(3, {})", "activity_regularizer='activity_l1l2' | activity_regularizer=L1L2(0.01, 0.01)"),
    ("Dense(3, {})", "kernel_constraint='maxnorm' | kernel_constraint='max_norm'"),
    ("Dense(3, {})", "bias_constraint='unitnorm' | bias_constraint=UnitNorm()"),
    ("Reshape({})", "dims=(2, 3) | target_shape=(2, 3)"),
    ("InputLayer({})", "batch_input_shape=(2, 3) | batch_shape=(2, 3)"),
    ("InputLayer((3,), {})", "input_dtype='int32' | dtype='int32'"),
    *(
        (f"{name}({{}})", "p=0.3 | rate=0.3")
        for name in ("Dropout", "GaussianDropout", "SpatialDropout1D")
    ),
    *((f"{name}({{}})", "p=0.3 | rate=0.3") for name in ("SpatialDropout2D", "SpatialDropout3D")),
    *((f"{name}(0.3, {{}})", FORMAT) for name in ("SpatialDropout2D", "SpatialDropout3D")),
    ("GaussianNoise({})", "sigma=0.3 | stddev=0.3"),
    ("LeakyReLU({})", "alpha=0.3 | negative_slope=0.3"),
    ("PReLU({})", "init='one' | alpha_initializer='ones'"),
    (
        "Embedding(9, 4, {})",
        """
        init='normal' | embeddings_initializer='normal'
        W_regularizer='l2' | embeddings_regularizer='l2'
        W_constraint='non_neg' | embeddings_constraint='non_neg'
        dropout=0 |
        input_length=7 | input_shape=(7,)
        """,
    ),
    (
        "BatchNormalization({})",
        """
        beta_init='one' | beta_initializer='ones'
        gamma_init='zero' | gamma_initializer='zeros'
        mode=0 |
        mode=1 ! LayerNormalization
        mode=2 ! training=True
        fused=True |
        fused=False |
        virtual_batch_size=None |
        virtual_batch_size=4 ! GroupNormalization
        adjustment=None |
        adjustment=abs ! layer of your own
        mode=0, axis=1, epsilon=1e-5 | axis=1, epsilon=1e-5
        """,
    ),
    (
        "Conv1D({})",
        """
        nb_filter=4, filter_length=3 | filters=4, kernel_size=3
        4, 3, subsample_length=2 | 4, 3, strides=2
        4, 3, atrous_rate=2 | 4, 3, dilation_rate=2
        """,
    ),
    ("Conv1D(4, 3, {})", KERNEL + BIAS + BORDER + SEQUENCE),
    (
        "Conv2D({})",
        """
        32, 3, 5, border_mode='same' | 32, (3, 5), padding='same'
        32, 3, 5, init='uniform' | 32, (3, 5), kernel_initializer='uniform'
        32, 3, 5, 'he_uniform', bias=False | 32, (3, 5), kernel_initializer='he_uniform', use_bias=False
        32, 3, 2 | filters=32, kernel_size=3, strides=2
        32, (3, 5), border_mode='same' | 32, (3, 5), padding='same'
        nb_filter=32, nb_row=3, nb_col=5 | filters=32, kernel_size=(3, 5)
        32, nb_row=3 ! nb_col
        32, 3, border_mode='same' | 32, 3, padding='same'
        """,
    ),
    ("Conv2D(4, 3, {})", KERNEL + BIAS + WINDOW + "subsample=(2, 2) | strides=(2, 2)"),
    ("Conv2D(4, 3, {})", "atrous_rate=(2, 2) | dilation_rate=(2, 2)"),
    ("Conv3D({})", "4, 3, 4, 5, border_mode='same' | 4, (3, 4, 5), padding='same'"),
    (
        "Conv3D({})",
        "nb_filter=4, kernel_dim1=3, kernel_dim2=4, kernel_dim3=5 | filters=4, kernel_size=(3, 4, 5)",
    ),
    ("Conv3D(4, 3, {})", KERNEL + BIAS + WINDOW + "subsample=(2, 2, 2) | strides=(2, 2, 2)"),
    ("Conv2DTranspose({})", "nb_filter=4, nb_row=3, nb_col=5 | filters=4, kernel_size=(3, 5)"),
    ("Conv2DTranspose(4, 3, {})", KERNEL + BIAS + WINDOW + "subsample=(2, 2) | strides=(2, 2)"),
    ("Conv2DTranspose({})", "4, 3, 5, output_shape=(None, 9, 9, 4) | 4, (3, 5)"),
    (
        "Conv3DTranspose({})",
        "nb_filter=4, kernel_dim1=3, kernel_dim2=4, kernel_dim3=5, output_shape=(None, 9, 9, 9, 4) "
        "| filters=4, kernel_size=(3, 4, 5)",
    ),
    ("Conv3DTranspose(4, 3, {})", KERNEL + BIAS + WINDOW + "subsample=(2, 2, 2) | strides=(2, 2, 2)"),
    (
        "LocallyConnected1D({})",
        "nb_filter=4, filter_length=3 | filters=4, kernel_size=3\n4, 3, subsample_length=2 | 4, 3, 2",
    ),
    ("LocallyConnected1D(4, 3, {})", KERNEL + BIAS + SEQUENCE + "border_mode='valid' | padding='valid'"),
    ("LocallyConnected2D({})", "4, 3, 5, subsample=(2, 2) | 4, (3, 5), (2, 2)"),
    ("LocallyConnected2D({})", "nb_filter=4, nb_row=3, nb_col=5 | filters=4, kernel_size=(3, 5)"),
    ("LocallyConnected2D(4, 3, {})", KERNEL + BIAS + FORMAT + "border_mode='valid' | padding='valid'"),
    (
        "SeparableConv2D({})",
        """
        nb_filter=4, nb_row=3, nb_col=5 | filters=4, kernel_size=(3, 5)
        4, 3, 5, border_mode='same' | 4, (3, 5), padding='same'
        4, 3, init='uniform' | 4, 3, depthwise_initializer='uniform', pointwise_initializer='uniform'
        4, 3, subsample=(2, 2) | 4, 3, strides=(2, 2)
        4, 3, atrous_rate=(2, 2) | 4, 3, dilation_rate=(2, 2)
        """,
    ),
    ("SeparableConv2D(4, 3, {})", BIAS + WINDOW),
    ("DepthwiseConv2D(3, {})", BIAS + WINDOW + "subsample=(2, 2) | strides=(2, 2)"),
    *(
        (f"{name}({{}})", BORDER.replace("padding=", "2, padding=") + STRIDE)
        for name in ("MaxPooling1D", "AveragePooling1D")
    ),
    (
        "AveragePooling2D({})",
        "| pool_size=(2, 2)\ndim_ordering='th' | (2, 2), data_format='channels_first'",
    ),
    ("AveragePooling3D({})", "border_mode='same' | (2, 2, 2), padding='same'"),
    *((f"{name}Pooling{n}D(2, {{}})", WINDOW) for name in ("Max", "Average") for n in (2, 3)),
    *((f"Global{name}Pooling{n}D({{}})", FORMAT) for name in ("Max", "Average") for n in (2, 3)),
    *(
        (f"{name}({{}})", FORMAT)
        for name in (
            "UpSampling2D",
            "UpSampling3D",
            "ZeroPadding3D",
            "Cropping2D",
            "Cropping3D",
            "Flatten",
        )
    ),
    ("ZeroPadding2D({})", FORMAT),
    ("UpSampling1D({})", "length=3 | size=3"),
    (
        "ZeroPadding2D({})",
        """
        padding=(1, 2, 3, 4) | padding=((1, 2), (3, 4))
        (1, 2, 3, 4) | ((1, 2), (3, 4))
        padding={'top_pad': 1, 'right_pad': 2} | padding=((1, 0), (0, 2))
        padding=(1, 2) | padding=(1, 2)
        """,
    ),
    ("ZeroPadding1D({})", "padding={'left_pad': 1, 'right_pad': 2} | padding=(1, 2)"),
    *((f"{name}({{}})", GATES) for name in ("SimpleRNN", "GRU", "LSTM")),
    *((f"{name}(3, {{}})", SEQUENCE) for name in ("SimpleRNN", "GRU", "LSTM")),
    *((f"{name}(3, {{}})", INNER) for name in ("GRU", "LSTM")),
    ("LSTM(3, {})", FORGET),
    ("ConvLSTM2D({})", "nb_filter=4, nb_row=3, nb_col=5 | filters=4, kernel_size=(3, 5)"),
    (
        "ConvLSTM2D(4, 3, {})",
        WINDOW
        + INNER
        + FORGET
        + "subsample=(2, 2) | strides=(2, 2)\n"
        + GATES.split("time_major")[0]
        .replace(", output_dim=3", "")
        .replace("units=3, ", "")
        .split("\n", 2)[2],
    ),
    ("RNN(LSTMCell(3, name='cell'), {})", SEQUENCE + "time_major=False |\ntime_major=True ! swapaxes"),
    *(
        (f"{name}({{}})", RATE)
        for name in (
            *(
                "SGD",
                "RMSprop",
                "Adagrad",
                "Adadelta",
                "Adam",
                "AdamW",
                "Adamax",
                "Ftrl",
                "Lamb",
                "Lion",
            ),
            "Nadam",
        )
    ),
    (
        "SGD({})",
        "lr=.01, decay=1e-6, momentum=.9, nesterov=True | .01, momentum=.9, nesterov=True, decay=1e-6",
    ),
    ("Nadam({})", "schedule_decay=0.004 |\nschedule_decay=0.1 ! always 0.004"),
    *(
        (f"{name}({{}})", "dtype='float32' |\ndtype=None |\ndtype='float64' ! the layer decides")
        for name in (
            *("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal"),
            *("Constant", "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform"),
        )
    ),
    ("L1({})", "l=0.1 | l1=0.1"),
    ("L2({})", "l=0.1 | l2=0.1"),
    ("MaxNorm({})", "m=3 | max_value=3"),
    (
        "ModelCheckpoint('a.h5', {})",
        """
        period=2 | period=2
        load_weights_on_restart=False |
        load_weights_on_restart=True ! BackupAndRestore
        options=None |
        options=3 ! path on a disk
        """,
    ),
    ("ReduceLROnPlateau({})", "epsilon=0.01 | min_delta=0.01"),
    (
        "ProgbarLogger({})",
        """
        count_mode='steps' |
        count_mode='samples' ! counts steps
        stateful_metrics=None |
        stateful_metrics=['a'] ! summed up
        """,
    ),
    ("ImageDataGenerator({})", FORMAT),
    ("Tokenizer({})", "nb_words=10 | num_words=10"),
]


def rows() -> list[tuple[str, str, str, bool]]:
    """Each row: an old call, what it gives (a modern call, or words), the gap, whether it is refused."""
    found = []
    for call, gaps in GROUPS:
        for line in filter(None, map(str.strip, gaps.splitlines())):
            refused = " ! " in line
            old, _, modern = line.partition(" ! " if refused else "|")
            old, modern = old.strip(), modern.strip()
            found.append((call.format(old), modern if refused else call.format(modern), old, refused))
    return found
